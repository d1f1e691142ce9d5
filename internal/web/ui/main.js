// The page: who is here, then the map and the lists, kept up by the stream.
import * as api from './api.js';
import { Stream } from './stream.js';
import { Picture, named } from './picture.js';
import { Watch } from './map.js';
import { Panel } from './panel.js';
import { Reports } from './report.js';

const by = (id) => document.getElementById(id);

const drawTime = 250; // ms between two drawings of the map
const listTime = 1000; // of the lists
const feedTime = 10_000;

function showLogin() {
  by('login').hidden = false;
  by('watch').hidden = true;
  by('who').hidden = true;
  by('state-text').textContent = 'not logged in';
  by('login-name').focus();
}

function onLogin(then) {
  by('login-form').addEventListener('submit', async (e) => {
    e.preventDefault();
    by('login-error').textContent = '';
    try {
      const me = await api.logIn(by('login-name').value, by('login-password').value);
      by('login-password').value = '';
      by('login').hidden = true;
      await then(me);
    } catch (error) {
      by('login-error').textContent = error.message;
      by('login-password').select();
    }
  });
}

class Page {
  constructor(me) {
    this.me = me;
    this.picture = new Picture();
    this.panel = new Panel(this.picture, { choose: (id) => this.choose(id), close: (f) => this.ask(f), leave: () => this.leave() });
    this.panel.operates = me.permissions.includes('operate');
    this.stream = new Stream({
      batch: (features, fresh) => this.take(features, fresh),
      state: (state, text, changed) => this.state(state, text, changed),
      out: () => location.reload(),
    });
  }

  async open() {
    by('banner').hidden = !this.me.open;
    by('who').hidden = this.me.open;
    by('who-name').textContent = this.me.name;
    by('watch').hidden = false;
    if (!this.me.permissions.includes('see-picture')) throw new Error(`${this.me.name} may not see the picture; an admin can give a role that may`);
    const area = await api.area();
    this.panel.about(area);
    this.watch = new Watch(by('map'), area, this.picture);
    this.watch.onPick((id) => this.choose(id));
    this.keys();
    this.stream.start();
    setInterval(() => this.watch.draw(), drawTime);
    setInterval(() => { this.picture.fade(this.stream.now()); this.panel.all(this.stream.now()); }, listTime);
    this.reports = new Reports(this.me.permissions.includes('report-in'), () => this.watch.middle(), () => this.stream.now());
    this.slow();
    setInterval(() => this.slow(), feedTime);
    api.outlines().then((o) => this.watch.background(o)).catch(() => {}); // a map without them is still a map
    window.vedette = this; // to look at from the browser's tools, and for tests
  }

  take(features, fresh) {
    const calls = this.picture.take(features, fresh);
    if (calls.length === 0) return;
    by('alarm').textContent = calls.map((f) => `Call for help: ${named(f.properties)}`).join('. ');
    this.panel.all(this.stream.now());
  }

  state(state, text, changed) {
    by('state').dataset.state = state;
    by('state-text').textContent = text;
    if (changed) by('spoken').textContent = `The picture is ${state}`;
  }

  slow() {
    this.feeds();
    this.reports.refresh();
  }

  async feeds() {
    try {
      this.panel.feeds(await api.feeds());
    } catch {
      // The state of the stream says that the server is away.
    }
  }

  choose(id) {
    const f = this.picture.objects.get(id);
    if (!f) return;
    this.panel.select(id);
    this.watch.choose(id);
    this.watch.show(f);
  }

  leave() {
    this.panel.select(null);
    this.watch.choose('');
    this.watch.focus();
  }

  keys() {
    document.addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !by('closing').open && !by('report').open) this.leave();
    });
    by('log-out').addEventListener('click', async () => {
      this.stream.stop();
      await api.logOut();
      location.reload();
    });
    by('closing-cancel').addEventListener('click', () => by('closing').close());
    by('closing-form').addEventListener('submit', (e) => this.answer(e));
  }

  // ask opens the form that closes a call.
  ask(f) {
    this.call = f;
    by('closing-name').textContent = named(f.properties);
    by('closing-error').textContent = '';
    by('closing-outcome').value = '';
    by('closing').showModal();
    by('closing-outcome').focus();
  }

  async answer(e) {
    e.preventDefault();
    const { source, id } = this.call.properties;
    try {
      await api.closeCall(source, id, by('closing-outcome').value.trim());
      by('closing').close();
      by('calls').focus();
    } catch (error) {
      by('closing-error').textContent = error.message;
    }
  }
}

async function begin(me) {
  try {
    await new Page(me).open();
  } catch (error) {
    by('state-text').textContent = error.message;
    throw error;
  }
}

onLogin(begin);
try {
  await begin(await api.me());
} catch (error) {
  if (error.status === 401) showLogin();
  else by('state-text').textContent = error.message;
}
