import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { buffer } from 'node:stream/consumers';

import { CoT } from '@tak-ps/node-tak';

import { get, heard, here, start, uidOf, until } from './house.mjs';

let house;
before(async () => { house = await start('anna:red', 'ben:blue,red', 'carl:blue'); });
afterEach(() => house.hangUp());
after(() => house.stop());

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

async function pair() {
    const anna = await house.connect('anna');
    const ben = await house.connect('ben');
    anna.write([here('phone-a', 'Anna-1')]);
    ben.write([here('phone-b', 'Ben-1')]);
    await heard(ben, 'phone-a');
    await heard(anna, 'phone-b');
    return { anna, ben };
}

test('contacts are who is connected and shares a group', async () => {
    await pair();
    const mine = await (await house.asAPI('anna')).Contacts.list();
    assert.deepEqual(mine.map((c) => [c.callsign, c.uid, c.notes, c.team, c.role, c.takv]), [
        ['Anna-1', 'phone-a', 'anna', 'Cyan', 'HQ', 'node-cot 12'], ['Ben-1', 'phone-b', 'ben', 'Cyan', 'HQ', 'node-cot 12'],
    ]);
    const theirs = await (await house.asAPI('carl')).Contacts.list();
    assert.ok(!theirs.some((c) => c.uid === 'phone-a'));
});

test('end points and subscriptions tell the same', async () => {
    await pair();
    const api = await house.asAPI('anna');
    const points = await get(api, '/Marti/api/clientEndPoints');
    assert.deepEqual(points.data.map((c) => [c.callsign, c.username, c.lastStatus]), [['Anna-1', 'anna', 'Connected'], ['Ben-1', 'ben', 'Connected']]);
    const sessions = await api.Subscription.list({ sortBy: 'CALLSIGN', direction: 'DESCENDING', page: -1, limit: -1 });
    assert.deepEqual(sessions.data.map((s) => [s.callsign, s.protocol]), [['Ben-1', 'tls'], ['Anna-1', 'tls']]);
    assert.ok(sessions.data[1].numProcessed > 0);
});

test('groups are those of the user, and stay on', async () => {
    const api = await house.asAPI('ben');
    const { data } = await api.Group.list({ useCache: true });
    assert.deepEqual(data.map((g) => `${g.name} ${g.direction} ${g.active}`), ['blue IN true', 'blue OUT true', 'red IN true', 'red OUT true']);
    await api.Group.update(data);
    await assert.rejects(api.Group.update(data.map((g) => ({ ...g, active: false }))), /cannot be switched off/);
});

test('the newest event of a uid', async () => {
    await pair();
    const api = await house.asAPI('ben');
    const cot = new CoT(await api.Query.single('phone-a'));
    assert.equal(uidOf(cot), 'phone-a');
    assert.equal((await api.Query.singleFeat('phone-a')).properties.callsign, 'Anna-1');
    const past = await until(async () => {
        const all = await api.Query.historyFeats('phone-a', { secago: '3600' });
        return all.length && all;
    }, 'the history has it');
    assert.ok(past.every((f) => f.id === 'phone-a' && f.properties.callsign === 'Anna-1'));
    const times = past.map((f) => f.properties.time);
    assert.deepEqual(times, times.toSorted().reverse(), 'the newest comes first');
    await assert.rejects(api.Query.single('nobody'), /Not Found/);
    await assert.rejects((await house.asAPI('carl')).Query.single('phone-a'), /Not Found/);
    assert.deepEqual(await (await house.asAPI('carl')).Query.historyFeats('phone-a'), []);
});

test('a data package goes from one to the other', async () => {
    const zip = randomBytes(300_000);
    const hash = sha256(zip);
    const anna = await house.asAPI('anna');
    const ben = await house.asAPI('ben');
    const address = await anna.Files.uploadPackage({ name: 'Plan A.zip', creatorUid: 'phone-a', hash }, zip);
    assert.equal(address, `https://${house.api}/Marti/sync/content?hash=${hash}`);
    const { results } = await ben.Package.list({ tool: 'public' });
    const found = results.find((p) => p.Hash === hash);
    assert.deepEqual([found.Name, found.Size, found.SubmissionUser, found.CreatorUid, found.Keywords], ['Plan A.zip', '300000', 'anna', 'phone-a', ['missionpackage']]);
    assert.equal(sha256(await buffer(await ben.Files.download(hash))), hash);
    assert.equal(JSON.parse(await ben.Files.meta(hash)).Hash, hash);
    assert.equal((await ben.Files.list()).data.find((f) => f.uid === hash).size, 300_000);
    assert.equal((await ben.Files.config()).uploadSizeLimit, 100);
});

test('a package of another group does not exist', async () => {
    const zip = randomBytes(1000);
    const hash = sha256(zip);
    await (await house.asAPI('anna')).Files.uploadPackage({ name: 'red.zip', creatorUid: 'phone-a', hash }, zip);
    const carl = await house.asAPI('carl');
    assert.ok(!(await carl.Package.list({})).results.some((p) => p.Hash === hash));
    assert.equal(JSON.parse((await buffer(await carl.Files.download(hash))).toString()).status, 404);
    await assert.rejects(carl.Files.delete(hash), /no such file/);
});

test('a file is uploaded and deleted by its owner', async () => {
    const picture = randomBytes(5000);
    const anna = await house.asAPI('anna');
    const ben = await house.asAPI('ben');
    const it = await anna.Files.upload({ name: 'berm.jpg', contentLength: picture.length, keywords: ['berm', 'north'], creatorUid: 'phone-a' }, picture);
    assert.deepEqual([it.Hash, it.Name, it.MIMEType, it.Keywords], [sha256(picture), 'berm.jpg', 'image/jpeg', ['berm', 'north']]);
    await assert.rejects(ben.Files.delete(it.Hash), /belongs to another/);
    await anna.Files.delete(it.Hash);
    await assert.rejects(anna.Files.delete(it.Hash), /no such file/);
});

test('bytes that are not those of the hash are refused', async () => {
    const anna = await house.asAPI('anna');
    await assert.rejects(anna.Files.uploadPackage({ name: 'x.zip', creatorUid: 'phone-a', hash: sha256('other') }, randomBytes(100)), /hash/);
});
