// binance-api-node: its client, and its user stream, which renames an event's end of the listenKey.
"use strict";

const Binance = require("binance-api-node").default;
const said = require("./telling.cjs");

async function main() {
  const client = Binance({
    apiKey: said.key,
    apiSecret: said.secret,
    httpBase: said.rest,
    httpFutures: said.rest,
    httpDelivery: said.rest,
    wsFuturesPrivate: `${said.stream}/private/ws`,
    wsDelivery: `${said.stream}/ws`,
  });
  const ask = (name) => client[(said.isCoinm ? "delivery" : "futures") + name];
  await said.attempt("balances", async () =>
    said.balances((await ask("AccountInfo")()).assets, "walletBalance"),
  );
  await said.attempt("positions", async () => said.positions(await ask("PositionRisk")()));
  await said.attempt("income", async () => said.income(await ask("Income")({ limit: 1000 })));
  const heard = (event) => {
    const name = event.eventType === "USER_DATA_STREAM_EXPIRED" ? "listenKeyExpired" : event.eventType;
    said.tell({ event: name ?? event.type });
  };
  await client.ws[said.isCoinm ? "deliveryUser" : "futuresUser"](heard);
  said.tell({ ready: true });
}

main();
