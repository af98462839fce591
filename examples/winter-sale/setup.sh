#!/bin/sh
# Registers what the winter sale's campaign names.
set -eu
here=$(dirname "$0")
licite db upgrade
licite sender add lumiere --name "Lumière du Midi" --siren 732829320 --contact contact@lumiere.example
licite caller-id add "01 62 00 00 01" --sender lumiere --assigned-since 2026-09-01
licite caller-id verify "01 62 00 00 01"
licite consent-text add lumiere-2026 --sender lumiere --file "$here/consent.txt" \
    --from 2026-08-11 --period-days 365 --mention identity_and_goods --mention choice \
    --mention period --mention withdrawal --mention proof_access
licite announcement add soldes-hiver --script "$here/script.toml" --sender lumiere \
    --kind marketing --opt-out "09 48 00 00 01"
licite route add sandbox --carrier sandbox
