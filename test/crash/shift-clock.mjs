// Preloaded into a process: its wall clock is wrong. CHAOS_CLOCK is the shift in minutes, or `jumps`: then the shift changes
// every 2 to 8 s. Timers and `performance.now` are right, as on a machine whose time is set. Not in its threads: these run
// workflows, on Temporal's clock.
const MINUTE_MS = 60_000;
const JUMPS_MINUTES = [-20, -3, 0, 0.25, 4, 15];

const setting = process.env.CHAOS_CLOCK ?? "0";
let shiftMs = setting === "jumps" ? 0 : Number(setting) * MINUTE_MS;

const RealDate = Date;
const now = () => RealDate.now() + shiftMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});

function jump() {
  shiftMs = JUMPS_MINUTES[Math.floor(Math.random() * JUMPS_MINUTES.length)] * MINUTE_MS;
  setTimeout(jump, 2_000 + Math.random() * 6_000).unref();
}
if (setting === "jumps") jump();
