#!/bin/sh
# Registers the winter sale, then texts that carry no call and somebody who objected.
set -eu
here=$(dirname "$0")
sh "$here/../winter-sale/setup.sh"
licite sender add partner --name "Partenaire Express" --siren 552100554 --contact contact@partner.example

all="--mention identity_and_goods --mention choice --mention withdrawal --mention proof_access"
licite consent-text add incomplete --sender lumiere --file "$here/texts/incomplete.txt" \
    --from 2026-08-11 --period-days 365 --mention identity_and_goods --mention choice --mention period
# shellcheck disable=SC2086
licite consent-text add no-period --sender lumiere --file "$here/texts/no-period.txt" \
    --from 2026-08-11 $all
# shellcheck disable=SC2086
licite consent-text add three-months --sender lumiere --file "$here/texts/three-months.txt" \
    --from 2026-08-11 --period-days 90 --mention period $all
# shellcheck disable=SC2086
licite consent-text add spring-only --sender lumiere --file "$here/texts/spring-only.txt" \
    --from 2026-03-01 --to 2026-07-01 --period-days 365 --mention period $all
# shellcheck disable=SC2086
licite consent-text add partner --sender partner --file "$here/texts/partner.txt" \
    --from 2026-08-11 --period-days 365 --mention period $all
licite opt-out add "05 36 49 00 01" --sender lumiere
