// ccxt.pro for JavaScript: unified reads, and the stream by the three things it watches.
"use strict";

const ccxt = require("ccxt");
const said = require("./telling.cjs");

// Only hosts are changed.
function pointed(exchange) {
  const path = (url) => "/" + url.split("/").slice(3).join("/");
  const change = (urls) => {
    for (const [name, url] of Object.entries(urls)) {
      if (typeof url === "string")
        urls[name] = (url.startsWith("ws") ? said.stream : said.rest) + (url.split("/").length > 3 ? path(url) : "");
      else if (url && typeof url === "object") change(url);
    }
  };
  change(exchange.urls.api);
  return exchange;
}

async function main() {
  const kind = said.isCoinm ? ccxt.pro.binancecoinm : ccxt.pro.binanceusdm;
  const exchange = pointed(new kind({ apiKey: said.key, secret: said.secret }));
  await exchange.loadHttpProxyAgent();
  await said.attempt("balances", async () => {
    const balance = await exchange.fetchBalance();
    said.balances(balance.info.assets, "walletBalance");
  });
  await said.attempt("positions", async () => {
    const rows = {};
    for (const each of await exchange.fetchPositions()) {
      const signed = each.contracts * (each.side === "short" ? -1 : 1);
      const side = each.info.positionSide ?? "BOTH";
      rows[`${each.info.symbol} ${side}`] = [signed, each.entryPrice, each.unrealizedPnl].map(String);
    }
    said.tell({ job: "positions", rows });
  });
  await said.attempt("income", async () => {
    const ask = said.isCoinm ? "dapiPrivateGetIncome" : "fapiPrivateGetIncome";
    said.income(await exchange[ask]({ limit: 1000 }));
  });

  const handle = exchange.handleMessage.bind(exchange);
  exchange.handleMessage = (client, message) => {
    said.event(message);
    return handle(client, message);
  };
  const watched = [exchange.watchBalance(), exchange.watchPositions(), exchange.watchOrders()];
  for (const each of watched) each.catch(() => {});
  while (!Object.values(exchange.clients ?? {}).some((client) => client.connection?.readyState === 1))
    await new Promise((resolve) => setTimeout(resolve, 50));
  said.tell({ ready: true });
}

main();
