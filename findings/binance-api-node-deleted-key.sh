#!/usr/bin/env bash
# binance-api-node deletes the account's listenKey when a single renewal of it fails.
#
# Its user stream renews the key every 50 seconds. If one of these requests is refused, though only for
# that moment (here: 503), it sends a DELETE and then begins anew. An account has one listenKey, shared by
# all who read it: the DELETE ends the streams of every other program on that account as well.
# The callback is told nothing, unless `emitStreamErrors` was set.
# Seen with binance-api-node 0.13.10: "asked: POST, PUT, PUT 503, DELETE, POST, PUT", "told: nothing".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" binance-api-node@0.13.10 ws@8.18.0
cat > "$folder/look.cjs" <<'JS'
const http = require("node:http");
const { once } = require("node:events");
const { setTimeout: passed } = require("node:timers/promises");
const { WebSocketServer } = require("ws");
const Binance = require("binance-api-node").default;

const asked = [];
let renewals = 0;

// Of an exchange as much as a user stream asks for; the second renewal finds it busy.
const server = http.createServer((request, response) => {
  const busy = request.method === "PUT" && (renewals += 1) === 2;
  asked.push(`${request.method}${busy ? " 503" : ""}`);
  response.writeHead(busy ? 503 : 200, { "content-type": "application/json" });
  const error = { code: -1008, msg: "Request throttled by system-level protection." };
  response.end(JSON.stringify(busy ? error : { listenKey: "key" }));
});
new WebSocketServer({ server }); // silent streams

async function main() {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${server.address().port}`;
  const client = Binance({
    apiKey: "key",
    apiSecret: "secret",
    httpFutures: `http://${address}`,
    wsFuturesPrivate: `ws://${address}/private/ws`,
  });
  const told = [];
  await client.ws.futuresUser((event) => told.push(event.eventType));
  for (let left = 1200; left > 0 && asked.length < 6; left -= 1) await passed(100);
  console.log(`asked: ${asked.join(", ")}`);
  console.log(`told: ${told.join(", ") || "nothing"}`);
  process.exit(0);
}

main();
JS
seen=$(node "$folder/look.cjs")
echo "$seen"
[ "$seen" = "asked: POST, PUT, PUT 503, DELETE, POST, PUT
told: nothing" ]
