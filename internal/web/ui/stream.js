// The stream of changes: it is opened again where it breaks, and goes on where
// it was.
import { me, streamURL, Refused } from './api.js';

const silent = 35_000; // ms without a sign of life; the server gives one every 15 s
const late = 5_000; // ms between receipt and arrival here from which we are behind
const longest = 15_000; // ms between tries

// Stream calls on.batch(features, reset), on.state(name, text) and on.out() when
// the session has ended.
export class Stream {
  constructor(on) {
    this.on = on;
    this.cursor = '';
    this.heard = 0; // of performance.now
    this.skew = 0; // ms that the server's clock is ahead of ours
    this.wait = 500;
    this.state = '';
    this.fresh = false; // the next batch replaces all
  }

  start() {
    this.open();
    this.clock = setInterval(() => this.tick(), 1000);
  }

  stop() {
    clearInterval(this.clock);
    clearTimeout(this.again);
    this.source?.close();
    this.stopped = true;
  }

  // now is the server's time.
  now() {
    return Date.now() + this.skew;
  }

  open() {
    this.source?.close();
    const source = new EventSource(streamURL(this.cursor));
    this.source = source;
    source.addEventListener('reset', () => { this.fresh = true; });
    source.addEventListener('objects', (e) => this.take(e));
    source.addEventListener('beat', (e) => this.take(e));
    source.addEventListener('end', () => { this.cursor = ''; }); // what we may see has changed
    source.onerror = () => this.broke(source);
  }

  take(e) {
    const batch = JSON.parse(e.data);
    this.cursor = e.lastEventId || this.cursor;
    this.heard = performance.now();
    this.wait = 500;
    const now = Date.parse(batch.now);
    this.skew = now - Date.now();
    const newest = batch.features.reduce((n, f) => Math.max(n, Date.parse(f.properties.received)), 0);
    const behind = batch.more || (!this.fresh && newest > 0 && now - newest > late);
    if (e.type === 'objects') this.on.batch(batch.features, this.fresh);
    this.fresh = false;
    this.say(behind ? 'behind' : 'live', behind ? 'behind, catching up' : 'live');
  }

  broke(source) {
    if (source !== this.source || this.stopped) return;
    this.tick(true);
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    this.retry();
  }

  retry() {
    clearTimeout(this.again);
    this.again = setTimeout(async () => {
      try {
        await me();
      } catch (e) {
        if (e instanceof Refused && e.status === 401) return this.on.out();
      }
      if (!this.stopped) this.open();
    }, this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(2 * this.wait, longest);
  }

  // tick shows how long ago we heard something, and opens a stream again that
  // has gone silent.
  tick(broken = false) {
    const age = this.heard ? Math.round((performance.now() - this.heard) / 1000) : -1;
    const gone = this.heard > 0 && performance.now() - this.heard > silent;
    if (gone && this.source.readyState === EventSource.OPEN) this.open();
    if (broken || gone || this.source.readyState !== EventSource.OPEN) {
      this.say('reconnecting', age < 0 ? 'connecting' : `reconnecting, last heard ${age} s ago`);
    }
  }

  say(state, text) {
    this.on.state(state, text, state !== this.state);
    this.state = state;
  }
}
