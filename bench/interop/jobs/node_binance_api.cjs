// node-binance-api: its reads by promise, its user data by callback.
"use strict";

const Binance = require("node-binance-api");
const said = require("./telling.cjs");

async function main() {
  const kind = Binance.default ?? Binance;
  const client = new kind({
    APIKEY: said.key,
    APISECRET: said.secret,
    urls: {
      base: `${said.rest}/api/`,
      fapi: `${said.rest}/fapi/`,
      dstream: `${said.stream}/stream?streams=`,
      dstreamSingle: `${said.stream}/ws/`,
    },
  });
  client.dapi = `${said.rest}/dapi/`; // `urls` does not take it
  client.getFStreamSingleUrl = (category) => `${said.stream}/${category}/ws/`;
  const ask = (name) => client[(said.isCoinm ? "delivery" : "futures") + name].bind(client);
  await said.attempt("balances", async () =>
    said.balances((await ask("Account")()).assets, "walletBalance"),
  );
  await said.attempt("positions", async () => said.positions(await ask("PositionRisk")()));
  await said.attempt("income", async () => said.income(await ask("Income")({ limit: 1000 })));
  const every = ["margin", "account", "order", "subscribed", "config", "lite"];
  const heard = every.map(() => said.event);
  if (said.isCoinm) client.userDeliveryData(...heard);
  else client.userFutureData(...heard);
  said.tell({ ready: true });
}

main();
