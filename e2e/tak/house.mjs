// What the tests share: the server, clients of others' making, and patience.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import TAK, { CoT } from '@tak-ps/node-tak';
import { APIAuthCertificate, APIAuthPassword, TAKAPI } from 'node-tak-api';

// node-tak's API trusts what Node trusts and cannot be given an authority, so the
// certificate of the server is looked at by one test (see enroll.test.mjs) and by
// no other.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');

// node-tak tells each step of its handshakes.
console.error = () => {};

const root = fileURLToPath(new URL('../..', import.meta.url));
const vedette = process.env.VEDETTE_E2E ?? path.join(root, 'bin', 'vedette');
const area = path.join(root, 'examples/flat-line/flat-line.area.geojson');
const run = promisify(execFile);

// What vedette serve says of its ports.
const ports = {
    plain: /TAK without TLS on (\S+)/,
    stream: /TAK with certificates on (\S+)/,
    enroll: /TAK enrollment on (\S+)/,
    api: /TAK HTTP API on (\S+)/,
    web: /Map and HTTP API \(http\) on (\S+)/,
};

// start runs a server of its own for a test file. Users are "name:group,group".
export async function start(...users) {
    const house = new House(await mkdtemp(path.join(tmpdir(), 'vedette-e2e-')));
    await house.launch();
    await house.invite(users);
    return house;
}

// Server is a process of vedette serve.
class Server {
    constructor(data) {
        this.child = spawn(vedette, ['serve', area, '--data', data], {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: {
                ...process.env,
                VEDETTE_WEB_LISTEN: '127.0.0.1:0',
                VEDETTE_TAK_LISTEN: '127.0.0.1:0',
                VEDETTE_TAK_LISTEN_TLS: '127.0.0.1:0',
                VEDETTE_TAK_ENROLL: '127.0.0.1:0',
                VEDETTE_TAK_API: '127.0.0.1:0',
            },
        });
        this.ended = new Promise((resolve) => this.child.on('close', resolve).on('error', resolve));
        this.said = '';
        this.log = '';
        this.child.stdout.on('data', (text) => { this.said += text; });
        this.child.stderr.on('data', (text) => { this.log += text; });
    }

    // listening waits until the server has told all its ports, and gives what it said.
    async listening() {
        const all = () => Object.values(ports).every((port) => port.test(this.said));
        const dead = this.ended.then(() => { throw new Error(`the server has ended; it said:\n${this.said}${this.log}`); });
        await Promise.race([until(all, 'the server listens', 60_000), dead]);
        return this.said;
    }

    end(signal) {
        this.child.kill(signal);
        return this.ended;
    }
}

class House {
    constructor(data) {
        this.data = data;
        this.users = {};
        this.open = new Set();
        this.enrolled = new Map();
    }

    // launch starts the server on its data folder, and waits until it listens.
    async launch() {
        this.server = new Server(this.data);
        const said = await this.server.listening();
        for (const [name, port] of Object.entries(ports)) this[name] = port.exec(said)[1];
    }

    // crash kills the server and starts it again.
    async crash() {
        this.hangUp();
        await this.server.end('SIGKILL');
        await this.launch();
    }

    async stop() {
        this.hangUp();
        const code = await this.server.end('SIGINT');
        await rm(this.data, { recursive: true, force: true });
        if (code !== 0) throw new Error(`the server ended with ${code}:\n${this.server.log}`);
    }

    // tell runs a command of vedette's on the server's data folder, and gives what it
    // prints.
    async tell(...args) {
        const { stdout } = await run(vedette, [...args, '--data', this.data, '--json']);
        return JSON.parse(stdout);
    }

    async invite(users) {
        for (const user of users) {
            const [name, groups] = user.split(':');
            const { password } = await this.tell('users', 'add', name, '--role', 'operator', '--group', groups);
            const { token } = await this.tell('ca', 'qr', name, '--host', '127.0.0.1');
            this.users[name] = { password, token };
        }
    }

    // revoke gives the certificates that were revoked.
    revoke(name) {
        return this.tell('ca', 'revoke', name, '--reason', 'lost');
    }

    // hangUp ends all connections, so that the next test has its own.
    hangUp() {
        for (const client of this.open) client.destroy();
        this.open.clear();
    }

    authority() {
        return readFile(path.join(this.data, 'ca', 'ca.pem'), 'utf8');
    }

    // password is how node-tak enrolls.
    password(name, secret = this.users[name].password) {
        return new TAKAPI(new URL(`https://${this.enroll}`), new APIAuthPassword(name, secret));
    }

    // certificate enrolls a user, once for a test file.
    certificate(name) {
        if (!this.enrolled.has(name)) this.enrolled.set(name, this.password(name).Credentials.generate());
        return this.enrolled.get(name);
    }

    // api is node-tak's API with a user's certificate.
    async asAPI(name) {
        const { cert, key } = await this.certificate(name);
        return new TAKAPI(new URL(`https://${this.api}`), new APIAuthCertificate(cert, key));
    }

    // connect joins the stream with node-tak, and waits until a ping was answered.
    async connect(name) {
        const auth = await this.certificate(name);
        const client = await TAK.connect(name, new URL(`ssl://${this.stream}`), auth);
        this.open.add(client);
        client.received = [];
        client.on('error', () => {});
        client.on('cot', (cot) => client.received.push(cot));
        await until(() => client.open || event(client, 'ping'), `${name} is answered`);
        return client;
    }
}

// get asks the API for a path that node-tak has no name for.
export function get(api, at) {
    return api.fetch(at, { method: 'GET' });
}

function event(emitter, name) {
    return new Promise((resolve) => emitter.once(name, () => resolve(true)));
}

// json asks the HTTP API of the map, as the watch officer's browser does.
export async function json(house, at) {
    const answer = await fetch(`http://${house.web}${at}`);
    return answer.ok ? answer.json() : null;
}

// until waits for what a function gives once that is true.
export async function until(fn, what, ms = 10_000) {
    let timer;
    let over = false;
    const late = new Promise((resolve) => { timer = setTimeout(() => { over = true; resolve(); }, ms); });
    try {
        while (!over) {
            const value = await Promise.race([fn(), late]);
            if (value) return value;
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    } finally {
        clearTimeout(timer);
    }
    throw new Error(`waited ${ms} ms in vain until ${what}`);
}

// heard waits until a client has the event of a uid (and of a type).
export function heard(client, uid, type) {
    return until(() => client.received.find((cot) => uidOf(cot) === uid && (!type || typeOf(cot) === type)), `${client.id} hears ${uid}`);
}

export const uidOf = (cot) => cot.raw.event._attributes.uid;
export const typeOf = (cot) => cot.raw.event._attributes.type;

// here is a person's phone, as node-cot writes it.
export function here(uid, callsign, lon = 41.1, lat = 34.4, more = {}) {
    return CoT.from_geojson({
        id: uid,
        type: 'Feature',
        properties: {
            type: 'a-f-G-U-C', how: 'm-g', callsign, contact: { callsign, endpoint: '*:-1:stcp' }, group: { name: 'Cyan', role: 'HQ' },
            takv: { device: 'bench', platform: 'node-cot', os: 'any', version: '12' },
            remarks: `Tea & <dates> of ${callsign}`, ...more,
        },
        geometry: { type: 'Point', coordinates: [lon, lat, 180] },
    });
}
