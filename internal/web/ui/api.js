// What the page asks of the server. Text from it is data, never markup.

const base = '/api/v1';
let csrf = '';

// Refused is an answer that is an error; message is its mend.
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF-Token'] = csrf;
  const answer = await fetch(base + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Refused(answer.status, problem.detail || answer.statusText);
  }
  return answer.status === 204 ? null : answer.json();
}

async function known(promise) {
  const me = await promise;
  csrf = me.csrf || '';
  return me;
}

export const me = () => known(ask('GET', '/me'));
export const logIn = (name, password) => known(ask('POST', '/session', { name, password }));
export const logOut = () => ask('DELETE', '/session');
export const area = () => ask('GET', '/area');
export const outlines = () => ask('GET', '/outlines');
export const feeds = async () => (await ask('GET', '/feeds')).feeds;
export const closeCall = (source, id, outcome) =>
  ask('POST', `/emergencies/${encodeURIComponent(source)}/${encodeURIComponent(id)}/close`, { outcome });
export const reports = async () => (await ask('GET', '/reports?limit=5')).reports;

// sendReport sends a form with files and tells how much of it has gone, which
// fetch cannot.
export const sendReport = (form, progress) => new Promise((done, failed) => {
  const request = new XMLHttpRequest();
  request.open('POST', base + '/reports');
  if (csrf) request.setRequestHeader('X-CSRF-Token', csrf);
  request.responseType = 'json';
  request.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
  request.onerror = () => failed(new Refused(0, 'the server did not answer; the report is still here: send it again'));
  request.onload = () => {
    if (request.status === 201) done(request.response);
    else failed(new Refused(request.status, request.response?.detail || request.statusText));
  };
  request.send(form);
});

export const streamURL = (after) => `${base}/stream` + (after ? `?after=${encodeURIComponent(after)}` : '');
