// What every job in JavaScript has: its addresses and its key, and how it tells what it was told.
"use strict";

const from = (name) => process.env[`INTEROP_${name}`];
const market = from("MARKET");

const tell = (said) => process.stdout.write(JSON.stringify(said) + "\n");

const balances = (rows, wallet) =>
  tell({ job: "balances", rows: Object.fromEntries(rows.map((row) => [row.asset, row[wallet]])) });

const positions = (rows) => {
  const figures = (row) => [
    row.positionAmt,
    row.entryPrice,
    row.unRealizedProfit ?? row.unrealizedProfit,
  ];
  const named = rows.map((row) => [`${row.symbol} ${row.positionSide}`, figures(row).map(String)]);
  tell({ job: "positions", rows: Object.fromEntries(named) });
};

const income = (rows) => {
  const named = rows.map((row) => [`${row.tranId} ${row.incomeType} ${row.asset}`, row.income]);
  tell({ job: "income", rows: Object.fromEntries(named) });
};

const event = (message) => {
  const body = message && message.data && message.data.e ? message.data : message;
  const name = body && (body.e ?? body.eventType);
  if (name) tell({ event: name });
};

const attempt = async (job, read) => {
  try {
    await read();
  } catch (error) {
    tell({ job, error: String((error && (error.message || error.msg)) || JSON.stringify(error)).slice(0, 200) });
  }
};

// The one who listens closes our input when he has heard enough.
process.stdin.on("end", () => process.exit(0)).resume();

module.exports = {
  market,
  isCoinm: market === "coinm",
  rest: from("REST"),
  wsApi: from("WS_API"),
  stream: from("STREAM"),
  key: from("KEY"),
  secret: from("SECRET"),
  tell,
  balances,
  positions,
  income,
  event,
  attempt,
};
