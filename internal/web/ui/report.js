// Reports: the latest ones, and the form that sends one.
import * as api from './api.js';
import { ago, element } from './panel.js';

const by = (id) => document.getElementById(id);

export class Reports {
  // middle gives the longitude and latitude at the middle of the map.
  constructor(may, middle, now) {
    this.middle = middle;
    this.now = now;
    by('report-open').hidden = !may;
    by('report-open').addEventListener('click', () => this.ask());
    by('report-cancel').addEventListener('click', () => by('report').close());
    by('report-form').addEventListener('submit', (e) => this.send(e));
  }

  async refresh() {
    try {
      this.show(await api.reports());
    } catch {
      // The state of the stream says that the server is away.
    }
  }

  show(reports) {
    by('reports-none').hidden = reports.length > 0;
    by('reports-list').replaceChildren(...reports.map((r) => {
      const row = element('li');
      const files = r.files?.length ? `, ${r.files.length} ${r.files.length === 1 ? 'file' : 'files'}` : '';
      row.append(element('span', r.text.slice(0, 200)), ' ', element('small', `${r.place ? r.place + ', ' : ''}${r.reporter || r.by}, ${ago(r.received, this.now())}${files}`));
      return row;
    }));
  }

  ask() {
    const [lon, lat] = this.middle();
    by('report-middle').textContent = `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
    by('report-error').textContent = '';
    by('report').showModal();
    by('report-text').focus();
  }

  form() {
    const form = new FormData();
    for (const id of ['text', 'place', 'reporter']) {
      const value = by('report-' + id).value.trim();
      if (value) form.set(id, value);
    }
    if (by('report-time').value) form.set('time', new Date(by('report-time').value).toISOString());
    if (by('report-here').checked) {
      const [lat, lon] = by('report-middle').textContent.split(', ');
      form.set('lat_deg', lat);
      form.set('lon_deg', lon);
    }
    for (const file of by('report-files').files) form.append('files', file);
    return form;
  }

  async send(e) {
    e.preventDefault();
    by('report-error').textContent = '';
    by('report-progress').hidden = false;
    try {
      await api.sendReport(this.form(), (part) => { by('report-progress').value = part; });
      by('report-form').reset();
      by('report').close();
      by('spoken').textContent = 'The report is kept';
      await this.refresh();
      by('reports').focus();
    } catch (error) {
      by('report-error').textContent = error.message;
    } finally {
      by('report-progress').hidden = true;
    }
  }
}
