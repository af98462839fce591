#!/bin/sh
# Registers what this campaign names besides the winter sale's sender, consent text and route.
set -eu
here=$(dirname "$0")
sh "$here/../winter-sale/setup.sh"
licite announcement add soldes-touches --script "$here/script.toml" --sender lumiere \
    --kind marketing --opt-out "09 48 00 00 01"
licite scenario add boutique "$here/scenario.toml"
