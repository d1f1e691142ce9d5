import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { buffer } from 'node:stream/consumers';

import { heard, here, json, start, typeOf, uidOf, until } from './house.mjs';

let house;
before(async () => { house = await start('anna:red', 'ben:red'); });
afterEach(() => house.hangUp());
after(() => house.stop());

const onMap = (uid) => json(house, `/api/v1/objects/tak/${uid}`);

// plain joins without a certificate; node-cot writes, and a socket of Node's sends.
async function plain() {
    const [host, port] = house.plain.split(':');
    const socket = net.connect({ host, port: Number(port) });
    house.open.add(socket);
    socket.on('error', () => {});
    await new Promise((resolve) => socket.on('connect', resolve));
    return { write: (cot) => socket.write(cot.to_xml()) };
}

test('a phone is on the map of the watch officer', async () => {
    const anna = await house.connect('anna');
    anna.write([here('map-a', 'Anna-Map', 41.25, 34.25)]);
    const feature = await until(() => onMap('map-a'), 'it is on the map');
    assert.deepEqual(feature.geometry.coordinates.slice(0, 2), [41.25, 34.25]);
    assert.match(JSON.stringify(feature), /Anna-Map/);
});

test('a client without a certificate is heard, but not under the uid of one who has one', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    anna.write([here('plain-a', 'Anna', 41, 34)]);
    await heard(ben, 'plain-a');
    const stranger = await plain();
    stranger.write(here('plain-a', 'Fake', 50, 50));
    stranger.write(here('plain-s', 'Stranger', 42, 35));
    await heard(ben, 'plain-s');
    assert.deepEqual(ben.received.filter((cot) => uidOf(cot) === 'plain-a').map((cot) => cot.to_geojson().geometry.coordinates[0]), [41]);
});

test('a server that was killed has its users, packages, objects and calls for help', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const call = here('crash-sos', 'Anna-SOS', 41.3, 34.3, { type: 'b-a-o-tbl' });
    call.raw.event.detail.emergency = { _attributes: { type: '911 Alert' }, _text: 'Anna-SOS' };
    anna.write([call]);
    await heard(ben, 'crash-sos'); // it is passed on once it is in the journal, or could not be
    const zip = randomBytes(100_000);
    const hash = createHash('sha256').update(zip).digest('hex');
    await (await house.asAPI('anna')).Files.uploadPackage({ name: 'plan.zip', creatorUid: 'crash-a', hash }, zip);

    await house.crash();

    const api = await house.asAPI('ben'); // by the certificate of before
    assert.deepEqual(await buffer(await api.Files.download(hash)), zip);
    assert.ok(await until(() => onMap('crash-sos'), 'the call is on the map'));
    const again = await house.connect('ben');
    const got = await heard(again, 'crash-sos');
    assert.equal(typeOf(got), 'b-a-o-tbl');
    await (await house.asAPI('anna')).Files.delete(hash);
});
