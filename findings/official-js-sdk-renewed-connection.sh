#!/usr/bin/env bash
# The official JavaScript SDK connects a lost stream again in its first 23 hours, and not after that.
#
# After 23 hours the SDK opens a new connection in place of the old one, before the exchange would end it.
# If the new one breaks, nothing follows but the event "close", where the first one is connected again
# after `reconnectDelay`: the user's data stay away until the next renewal, up to 23 hours later. The SDK's
# package for COIN-M (8.0.1) has an older copy of the same code.
# Seen with @binance/derivatives-trading-usds-futures 38.1.1 and @binance/common 2.4.9, the renewal set to
# come after half a second: "first connection lost: connected again",
# "renewed connection lost: not connected again".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" \
  @binance/derivatives-trading-usds-futures@38.1.1 @binance/common@2.4.9 ws@8.18.0
cat > "$folder/look.cjs" <<'JS'
const { once } = require("node:events");
const { setTimeout: passed } = require("node:timers/promises");
const { WebSocketServer } = require("ws");
const { WebsocketCommon } = require("@binance/common");
const { DerivativesTradingUsdsFutures } = require("@binance/derivatives-trading-usds-futures");

const DAY = WebsocketCommon.MAX_CONNECTION_DURATION;
const WAIT = 4000; // for what should come at once: it is told to connect again after 0.1 s

// A stream that answers every request and stays silent otherwise.
async function serving() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const opened = [];
  server.on("connection", (socket, request) => {
    socket.on("message", (text) => socket.send(JSON.stringify({ result: null, id: JSON.parse(text).id })));
    if (request.url.startsWith("/private/")) opened.push(socket);
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${server.address().port}`, opened };
}

async function until(condition) {
  for (let left = 100; left > 0 && !condition(); left -= 1) await passed(100);
  if (!condition()) throw new Error("it did not come so far");
}

// What follows when the private connection with this number is lost.
async function lost(number, duration) {
  const { url, opened } = await serving();
  WebsocketCommon.MAX_CONNECTION_DURATION = duration;
  const client = new DerivativesTradingUsdsFutures({
    configurationWebsocketStreams: { wsURL: url, reconnectDelay: 100 },
  });
  const connection = await client.websocketStreams.connect();
  WebsocketCommon.MAX_CONNECTION_DURATION = DAY; // of those that follow
  connection.userData("key").on("message", () => {});
  await until(() => opened.length === number);
  await passed(2000); // the one before it is closed by then
  opened[number - 1].terminate();
  await passed(WAIT);
  return opened.length > number ? "connected again" : "not connected again";
}

async function main() {
  console.log(`first connection lost: ${await lost(1, DAY)}`);
  console.log(`renewed connection lost: ${await lost(2, 500)}`);
  process.exit(0);
}

main();
JS
seen=$(node "$folder/look.cjs" 2>/dev/null | grep lost)
echo "$seen"
[ "$seen" = "first connection lost: connected again
renewed connection lost: not connected again" ]
