#!/usr/bin/env bash
# node-binance-api never hands a futures MARGIN_CALL to the callback that was given for it.
#
# Its converter reads the list `positions`; the exchange's event writes that list as `p` (documented
# for USDⓈ-M and COIN-M alike). The handler fails with a TypeError before the callback is called. An
# ACCOUNT_UPDATE of the same handler arrives.
# Seen with node-binance-api 1.0.33: "margin call: TypeError, told 0", "account update: told 1".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node-binance-api@1.0.33
cat > "$folder/look.cjs" <<'JS'
const module_ = require("node-binance-api");
const Binance = module_.default ?? module_;

const position = {
  s: "ETHUSDT", ps: "LONG", pa: "1.327", mt: "CROSSED", iw: "0", mp: "187.17127", up: "-1.166074",
  mm: "1.614445",
};
const marginCall = { e: "MARGIN_CALL", E: 1587727187525, cw: "3.16812045", p: [position] };
const accountUpdate = {
  e: "ACCOUNT_UPDATE", E: 1564745798939, T: 1564745798938,
  a: { m: "ORDER", B: [{ a: "USDT", wb: "122624.12345678", cw: "100.12345678", bc: "50.12" }], P: [] },
};

function handed(event, option) {
  const client = new Binance();
  let told = 0;
  client.Options[option] = () => (told += 1);
  try {
    client.userFutureDataHandler(event);
  } catch (error) {
    return `${error.constructor.name}, told ${told}`;
  }
  return `told ${told}`;
}

console.log(`margin call: ${handed(marginCall, "future_margin_call_callback")}`);
console.log(`account update: ${handed(accountUpdate, "future_account_update_callback")}`);
process.exit(0);
JS
seen=$(node "$folder/look.cjs")
echo "$seen"
[ "$seen" = "margin call: TypeError, told 0
account update: told 1" ]
