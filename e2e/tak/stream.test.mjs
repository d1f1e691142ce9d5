import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { DirectChat } from '@tak-ps/node-cot';
import { CoT } from '@tak-ps/node-tak';

import { get, heard, here, start, typeOf, uidOf, until } from './house.mjs';
import { ProtobufClient } from './protobuf.mjs';

let house;
before(async () => { house = await start('anna:red', 'ben:red', 'carl:blue', 'eve:red', 'finn:red'); });
afterEach(() => house.hangUp());
after(() => house.stop());

const coordinates = (cot) => cot.to_geojson().geometry.coordinates;

test('own sites and the frontier are on the map of who joins', async () => {
    const anna = await house.connect('anna');
    await until(() => anna.received.some((cot) => cot.to_geojson().geometry.type !== 'Point'), 'a line comes');
    await until(() => anna.received.some((cot) => cot.to_geojson().geometry.type === 'Point'), 'a site comes');
});

test('two clients see each other', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    anna.write([here('pair-a', 'Anna', 41.12345, 34.54321)]);
    ben.write([here('pair-b', 'Ben', 41.2, 34.6)]);
    const a = await heard(ben, 'pair-a');
    assert.deepEqual(coordinates(a), [41.12345, 34.54321, 180]);
    assert.equal(a.to_geojson().properties.callsign, 'Anna');
    assert.equal(a.to_geojson().properties.remarks, 'Tea & <dates> of Anna');
    assert.deepEqual(coordinates(await heard(anna, 'pair-b')), [41.2, 34.6, 180]);
    assert.ok(!anna.received.some((cot) => uidOf(cot) === 'pair-a'), 'nobody gets his own');
});

test('a detail that only the client knows goes through', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const cot = here('odd-a', 'Odd');
    cot.raw.event.detail.__strange = { _attributes: { a: 'ä "quoted"' }, inner: { _text: '1 < 2' } };
    anna.write([cot]);
    const got = await heard(ben, 'odd-a');
    assert.equal(got.raw.event.detail.__strange._attributes.a, 'ä "quoted"');
    assert.equal(got.raw.event.detail.__strange.inner._text, '1 < 2');
});

test('who joins late gets what is there, at once', async () => {
    const anna = await house.connect('anna');
    const uids = Array.from({ length: 300 }, (_, i) => `late-${i}`);
    anna.write(uids.map((uid, i) => here(uid, uid, 41 + i / 1000, 34)));
    const witness = await house.connect('ben');
    await heard(witness, 'late-299');
    const late = await house.connect('ben');
    await until(() => uids.every((uid) => late.received.some((cot) => uidOf(cot) === uid)), 'all 300 are there');
    assert.deepEqual(coordinates(late.received.find((cot) => uidOf(cot) === 'late-299')), [41.299, 34, 180]);
});

test('groups are kept apart', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const carl = await house.connect('carl');
    anna.write([here('apart-a', 'Anna')]);
    carl.write([here('apart-c', 'Carl')]);
    await heard(ben, 'apart-a');
    anna.write([here('apart-end', 'Anna')]);
    await heard(ben, 'apart-end');
    assert.ok(!carl.received.some((cot) => uidOf(cot) === 'apart-a'));
    assert.ok(!ben.received.some((cot) => uidOf(cot) === 'apart-c'));
});

test('an event for one callsign reaches him alone', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const finn = await house.connect('finn');
    ben.write([here('dest-b', 'Ben-2')]);
    finn.write([here('dest-f', 'Finn-2')]);
    await heard(anna, 'dest-b');
    await heard(anna, 'dest-f');
    const cot = here('dest-a', 'Secret');
    cot.addDest({ callsign: 'Ben-2' });
    anna.write([cot, here('dest-all', 'All')]);
    await heard(ben, 'dest-a');
    await heard(finn, 'dest-all');
    assert.ok(!finn.received.some((c) => uidOf(c) === 'dest-a'));
});

test('a message reaches whom it is for, with its words', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const finn = await house.connect('finn');
    ben.write([here('chat-b', 'Ben-3')]);
    finn.write([here('chat-f', 'Finn-3')]);
    await heard(anna, 'chat-b');
    await heard(anna, 'chat-f');
    const words = 'berm cut at km 3 <soon> "now" \u0645\u0631\u062d\u0628\u0627';
    const message = new DirectChat({
        from: { uid: 'chat-a', callsign: 'Anna-3' }, to: { uid: 'chat-b', callsign: 'Ben-3' }, message: words,
    });
    message.addDest({ callsign: 'Ben-3' });
    anna.write([message, here('chat-end', 'End')]);
    await heard(finn, 'chat-end');
    const got = await heard(ben, uidOf(message));
    assert.equal(got.raw.event._attributes.type, 'b-t-f');
    assert.equal(got.raw.event.detail.remarks._text, words);
    assert.ok(!finn.received.some((cot) => uidOf(cot) === uidOf(message)));
});

test('a call for help is there for who joins later, until it is called off', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const sos = (type, attributes) => {
        const cot = here('sos-a-9-1-1', 'Anna-SOS', 41.3, 34.3, { type });
        cot.raw.event.detail.emergency = { _attributes: attributes, _text: 'Anna-SOS' };
        return cot;
    };
    anna.write([sos('b-a-o-tbl', { type: '911 Alert' })]);
    await heard(ben, 'sos-a-9-1-1', 'b-a-o-tbl');
    const late = await house.connect('finn');
    await heard(late, 'sos-a-9-1-1', 'b-a-o-tbl');
    anna.write([sos('b-a-o-can', { cancel: 'true' })]);
    await heard(late, 'sos-a-9-1-1', 'b-a-o-can');
    anna.write([here('sos-end', 'End')]);
    await heard(ben, 'sos-end');
    const later = await house.connect('ben');
    await heard(later, 'sos-end');
    assert.ok(!later.received.some((cot) => typeOf(cot) === 'b-a-o-tbl'), 'it is not repeated any more');
});

test('who leaves is deleted from the maps of others', async () => {
    const finn = await house.connect('finn');
    const ben = await house.connect('ben');
    finn.write([here('gone-f', 'Finn')]);
    await heard(ben, 'gone-f');
    finn.destroy();
    await until(() => ben.received.some((cot) => cot.raw.event._attributes.type === 't-x-d-d'
        && [cot.raw.event.detail.link].flat().some((link) => link._attributes.uid === 'gone-f')), 'the delete comes');
});

test('one client cannot speak for the uid of another', async () => {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    const eve = await house.connect('eve');
    anna.write([here('mine-a', 'Anna', 41, 34)]);
    await heard(ben, 'mine-a');
    eve.write([here('mine-a', 'Fake', 50, 50), here('mine-e', 'Eve')]);
    await heard(ben, 'mine-e');
    assert.deepEqual(ben.received.filter((cot) => uidOf(cot) === 'mine-a').map(coordinates), [[41, 34, 180]]);
});

test('protobuf and XML are one conversation', async () => {
    const xml = await house.connect('anna');
    const proto = await ProtobufClient.connect(house, 'ben');
    xml.write([here('mix-x', 'Xenia', 41.5, 34.5)]);
    const x = await heard(proto, 'mix-x');
    assert.deepEqual(coordinates(x), [41.5, 34.5, 180]);
    assert.equal(x.to_geojson().properties.callsign, 'Xenia');
    assert.equal(x.to_geojson().properties.remarks, 'Tea & <dates> of Xenia');
    proto.write([here('mix-p', 'Piet', 41.6, 34.6)]);
    const p = await heard(xml, 'mix-p');
    assert.deepEqual(coordinates(p), [41.6, 34.6, 180]);
    assert.equal(p.to_geojson().properties.callsign, 'Piet');
    assert.equal(p.to_geojson().properties.remarks, 'Tea & <dates> of Piet');
});

test('two protobuf clients see each other, and one that joins late sees both', async () => {
    const one = await ProtobufClient.connect(house, 'anna');
    const two = await ProtobufClient.connect(house, 'ben');
    one.write([here('pp-1', 'One')]);
    two.write([here('pp-2', 'Two')]);
    await heard(two, 'pp-1');
    await heard(one, 'pp-2');
    const three = await ProtobufClient.connect(house, 'finn');
    await heard(three, 'pp-1');
    await heard(three, 'pp-2');
});

test('a ping in protobuf is answered', async () => {
    const proto = await ProtobufClient.connect(house, 'ben');
    proto.write([CoT.ping()]);
    await until(() => proto.received.some((cot) => cot.raw.event._attributes.type === 't-x-c-t-r'), 'the pong comes');
});

test('a revoked certificate is cut and cannot come back', async () => {
    const eve = await house.connect('eve');
    const ended = new Promise((resolve) => eve.on('end', resolve).client.on('close', resolve));
    await house.revoke('eve');
    await ended;
    eve.destroy();
    const again = await eve.constructor.connect('eve again', new URL(`ssl://${house.stream}`), await house.certificate('eve'));
    house.open.add(again);
    let answered = false;
    again.on('ping', () => { answered = true; });
    await new Promise((resolve) => again.on('error', resolve).on('end', resolve).client.on('close', resolve));
    assert.equal(answered, false);
    const api = await house.asAPI('eve');
    await assert.rejects(get(api, '/Marti/api/version'));
});
