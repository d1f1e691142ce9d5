// What the tests share: the server, clients of others' making, and patience.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

import TAK, { CoT } from '@tak-ps/node-tak';
import { APIAuthCertificate, APIAuthPassword, TAKAPI } from 'node-tak-api';

// node-tak's API trusts what Node trusts and cannot be given an authority, so the
// certificate of the server is looked at by one test (see enroll.test.mjs) and by
// no other.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');

// node-tak tells each step of its handshakes.
console.error = () => {};

const server = process.env.VEDETTE_E2E_SERVER
    ?? fileURLToPath(new URL('../../bin/e2e-server', import.meta.url));

// start runs a server of its own for a test file. Users are "name:group,group".
export async function start(...users) {
    const data = await mkdtemp(path.join(tmpdir(), 'vedette-e2e-'));
    const child = spawn(server, ['-data', path.join(data, 'data'), ...users], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async () => {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the server has ended; build it by "make e2e"`);
        return value;
    };
    const house = new House(JSON.parse(await line()));
    house.revoke = async (name) => {
        child.stdin.write(`revoke ${name}\n`);
        return Number(await line());
    };
    house.stop = async () => {
        house.hangUp();
        const ended = new Promise((resolve) => child.on('exit', resolve));
        child.stdin.end();
        const code = await ended;
        await rm(data, { recursive: true, force: true });
        if (code !== 0) throw new Error(`the server ended with ${code}`);
    };
    return house;
}

class House {
    constructor(notice) {
        Object.assign(this, notice);
        this.open = new Set();
        this.enrolled = new Map();
    }

    // hangUp ends all connections, so that the next test has its own.
    hangUp() {
        for (const client of this.open) client.destroy();
        this.open.clear();
    }

    authority() {
        return readFile(this.ca, 'utf8');
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

// until waits for what a function gives once that is true.
export async function until(fn, what, ms = 10_000) {
    const end = Date.now() + ms;
    while (Date.now() < end) {
        const left = new Promise((resolve) => setTimeout(resolve, Math.max(end - Date.now(), 0), false));
        const value = await Promise.race([fn(), left]);
        if (value) return value;
        await new Promise((resolve) => setTimeout(resolve, 10));
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
