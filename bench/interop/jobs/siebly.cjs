// binance (sieblyio): its REST clients, and its WebSocket client that keeps a listenKey by itself.
"use strict";

const { CoinMClient, USDMClient, WebsocketClient } = require("binance");
const said = require("./telling.cjs");

const keys = { api_key: said.key, api_secret: said.secret };

async function main() {
  const client = new (said.isCoinm ? CoinMClient : USDMClient)({ ...keys, baseUrl: said.rest });
  await said.attempt("balances", async () => {
    const account = said.isCoinm
      ? await client.getAccountInformation()
      : await client.getAccountInformationV3();
    said.balances(account.assets, "walletBalance");
  });
  await said.attempt("positions", async () =>
    said.positions(said.isCoinm ? await client.getPositions() : await client.getPositionsV3()),
  );
  await said.attempt("income", async () => said.income(await client.getIncomeHistory({ limit: 1000 })));

  const silent = { trace() {}, info() {}, error() {} };
  const rest = { baseUrl: said.rest };
  const listener = new WebsocketClient({ ...keys, wsUrl: said.stream, restOptions: rest }, silent);
  listener.on("message", said.event);
  listener.on("exception", (error) => process.stderr.write(`${JSON.stringify(error)}\n`));
  if (said.isCoinm) await listener.subscribeCoinFuturesUserDataStream();
  else await listener.subscribeUsdFuturesUserDataStream();
  said.tell({ ready: true });
}

main();
