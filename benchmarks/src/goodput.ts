import { contestants } from './goodput/contestants/index.ts';
import { tooLateMs } from './goodput/lateness.ts';
import { goodputChart } from './goodput/picture.ts';
import { compare, comparisonTables, traceTable } from './goodput/report.ts';
import { tournament } from './goodput/tournament.ts';
import { traces, warmUp } from './goodput/traces.ts';
import { attemptMs, patienceMs } from './goodput/world.ts';
import { writeResults } from './results.ts';

/**
 * What callers get on seven kinds of bad days, from the bare client, from what teams use and build, and from
 * ours. In real time: 5 s are well, 60 s are bad, 10 s are well again. `QUICK=1` plays a tenth of it, once, and
 * writes nothing.
 */
const isQuick = process.env['QUICK'] === '1';
const rounds = Number(process.env['ROUNDS'] ?? (isQuick ? 1 : 3));
const second = isQuick ? 100 : 1000;
const schedule = {
  bad: { fromMs: 5 * second, untilMs: 65 * second },
  durationMs: 75 * second,
  everyMs: Number(process.env['EVERY_MS'] ?? 400),
};

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort(new Error(signal)));

const calls = Math.ceil(schedule.durationMs / schedule.everyMs);
console.log(
  `${traces.length} traces, ${contestants.length} contestants, ${rounds} round${rounds === 1 ? '' : 's'} of ${schedule.durationMs / 1000} s; a call every ${schedule.everyMs} ms, ` +
    `half of them streamed: ${calls} calls each.\nCallers wait ${patienceMs / 1000} s, attempts ${attemptMs / 1000} s where there is an option for it.`,
);

await tournament({
  traces: [warmUp],
  contestants,
  schedule: { ...schedule, durationMs: 4000, everyMs: 400 },
  rounds: 1,
  stop: stopped.signal,
});
const onRound = (round: number, lateMs: number, isVoid: boolean): void =>
  console.log(
    `round ${round + 1}: the process stood still for ${lateMs.toFixed(0)} ms at worst${isVoid ? ', played again' : ''}`,
  );
const { all, lateMs, voidRounds } = await tournament({
  traces,
  contestants,
  schedule,
  rounds,
  maxVoidRounds: isQuick ? 0 : 2,
  stop: stopped.signal,
  onRound,
});

if (stopped.signal.aborted) {
  console.log('Stopped: nothing was counted.');
  process.exitCode = 130;
} else {
  for (const one of all) console.log(traceTable(one));
  const compared = compare(all, lateMs);
  if (rounds > 1) console.log(comparisonTables(compared));
  console.log(
    `\nanswered, failed, truncated, duplicated: of calls. p50, p99: within this time so many of all calls had their whole answer. requests: per answer. USD: per 1000 answers, all that was billed.\n` +
      `by gpt-5: answers of the model that was asked for. Medians of ${rounds} round${rounds === 1 ? '' : 's'}. ` +
      `noise: differs between rounds by more than it amounts to, or for p99 by less than the process stood still.`,
  );
  if (lateMs > tooLateMs)
    console.log('The machine was too busy: failures and latencies may be its own. Measure again.');
  for (const { name, lacks } of contestants) if (lacks !== undefined) console.log(`${name} cannot express: ${lacks}.`);
  const says = `Whole answers in percent of calls: more is better. ${rounds} rounds of ${calls} calls, 60 of 75 s are bad.`;
  if (!isQuick)
    writeResults('goodput', { rounds, schedule, lateMs, voidRounds, traces: all, compared }, goodputChart(all, says));
}
