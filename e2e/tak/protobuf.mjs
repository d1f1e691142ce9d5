// A client that speaks TAK's protocol version 1: node-cot's codec on a socket of
// Node's, since node-tak speaks XML only.

import tls from 'node:tls';

import CoT from '@tak-ps/node-cot';

import { until } from './house.mjs';

const MAGIC = 0xbf;

export class ProtobufClient {
    static async connect(house, name) {
        const [host, port] = house.stream.split(':');
        const socket = tls.connect({ host, port: Number(port), ...await house.certificate(name), ca: await house.authority() });
        const client = new ProtobufClient(name, socket);
        house.open.add(client);
        await until(() => client.version, `${name} speaks protobuf`);
        return client;
    }

    constructor(id, socket) {
        this.id = `${id} (protobuf)`;
        this.socket = socket;
        this.received = [];
        this.version = 0;
        this.buffer = Buffer.alloc(0);
        socket.on('error', () => {});
        socket.on('data', (data) => {
            this.buffer = Buffer.concat([this.buffer, data]);
            while (this.version ? this.frame() : this.negotiate());
        });
    }

    destroy() {
        this.socket.destroy();
    }

    write(cots) {
        for (const cot of cots) {
            const body = Buffer.from(cot.to_proto());
            this.socket.write(Buffer.concat([Buffer.from([MAGIC]), varint(body.length), body]));
        }
    }

    // negotiate reads XML: the server offers once, is asked, and answers.
    negotiate() {
        const end = this.buffer.indexOf('</event>');
        if (end < 0) return false;
        const cot = new CoT(this.buffer.subarray(0, end + 8).toString().trim());
        this.buffer = this.buffer.subarray(end + 8);
        const control = cot.raw.event.detail?.TakControl;
        if (control?.TakProtocolSupport) this.ask(control.TakProtocolSupport._attributes.version);
        if (control?.TakResponse?._attributes.status === 'true') this.version = 1;
        if (!control) this.received.push(cot); // what is there comes at once, in XML
        return true;
    }

    ask(version) {
        if (version !== '1') throw new Error(`the server offers version ${version}`);
        const time = new Date();
        const at = (ms) => new Date(time.getTime() + ms).toISOString();
        this.socket.write(`<event version="2.0" uid="negotiation" type="t-x-takp-q" how="m-g" time="${at(0)}" start="${at(0)}" stale="${at(60_000)}">`
            + '<point lat="0" lon="0" hae="0" ce="9999999" le="9999999"/>'
            + '<detail><TakControl><TakRequest version="1"/></TakControl></detail></event>');
    }

    frame() {
        while (this.buffer[0] === 0x0a || this.buffer[0] === 0x0d) this.buffer = this.buffer.subarray(1); // behind the last XML
        if (!this.buffer.length) return false;
        if (this.buffer[0] !== MAGIC) throw new Error(`a frame begins with ${this.buffer[0]}`);
        const [length, from] = readVarint(this.buffer, 1);
        if (!from || this.buffer.length < from + length) return false;
        this.received.push(CoT.from_proto(this.buffer.subarray(from, from + length)));
        this.buffer = this.buffer.subarray(from + length);
        return true;
    }
}

function varint(n) {
    const bytes = [];
    for (; n > 127; n >>>= 7) bytes.push((n & 127) | 128);
    return Buffer.from([...bytes, n]);
}

// readVarint gives a number and where it ends, which is 0 where it is not whole.
function readVarint(buffer, at) {
    let n = 0;
    for (let shift = 0; at < buffer.length; shift += 7) {
        const byte = buffer[at++];
        n |= (byte & 127) << shift;
        if (byte < 128) return [n, at];
    }
    return [0, 0];
}
