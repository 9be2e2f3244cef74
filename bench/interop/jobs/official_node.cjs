// The exchange's own SDKs for JavaScript.
"use strict";

const said = require("./telling.cjs");
const { DerivativesTradingUsdsFutures } = require("@binance/derivatives-trading-usds-futures");
const { DerivativesTradingCoinFutures } = require("@binance/derivatives-trading-coin-futures");

async function main() {
  const kind = said.isCoinm ? DerivativesTradingCoinFutures : DerivativesTradingUsdsFutures;
  const client = new kind({
    configurationRestAPI: { apiKey: said.key, apiSecret: said.secret, basePath: said.rest },
    configurationWebsocketStreams: { wsURL: said.stream },
  });
  const { restAPI } = client;
  const told = async (asked) => (await asked).data();
  await said.attempt("balances", async () => {
    const account = said.isCoinm
      ? await told(restAPI.accountInformation())
      : await told(restAPI.accountInformationV3());
    said.balances(account.assets, "walletBalance");
  });
  await said.attempt("positions", async () =>
    said.positions(
      await told(said.isCoinm ? restAPI.positionInformation() : restAPI.positionInformationV3()),
    ),
  );
  await said.attempt("income", async () =>
    said.income(await told(restAPI.getIncomeHistory({ limit: 1000 }))),
  );
  const { listenKey } = await told(restAPI.startUserDataStream());
  const connection = await client.websocketStreams.connect();
  const stream = connection.userData(listenKey);
  stream.on("message", said.event);
  setTimeout(() => said.tell({ ready: true }), 1000); // it does not tell when it has subscribed
}

main();
