import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import tls from 'node:tls';

import { get, start } from './house.mjs';

let house;
before(async () => { house = await start('anna:red', 'ben:red'); });
after(() => house.stop());

test('node-tak enrolls with a password', async () => {
    const { cert, key } = await house.certificate('anna');
    const x509 = new X509Certificate(cert);
    assert.equal(x509.subject, 'CN=anna');
    assert.ok(x509.verify(new X509Certificate(await house.authority()).publicKey));
    assert.match(key, /PRIVATE KEY/);
});

test('node-tak enrolls with a token, once', async () => {
    const { cert } = await house.password('ben', house.users.ben.token).Credentials.generate();
    assert.equal(new X509Certificate(cert).subject, 'CN=ben');
    await assert.rejects(house.password('ben', house.users.ben.token).Credentials.generate(), /401/);
});

test('a wrong password gets nothing', async () => {
    await assert.rejects(house.password('anna', 'not the password').Credentials.generate(), /401|429/);
});

test('the API answers who has a certificate, and nobody else', async () => {
    const api = await house.asAPI('anna');
    assert.match(await get(api, '/Marti/api/version'), /^Vedette /);
    await assert.rejects(fetch(`https://${house.api}/Marti/api/version`));
});

for (const port of ['stream', 'api', 'enroll']) {
    test(`the certificate of ${port} is good for who trusts the authority`, async () => {
        const [host, number] = house[port].split(':');
        const options = { host, port: Number(number), ca: await house.authority(), rejectUnauthorized: true };
        if (port !== 'enroll') Object.assign(options, await house.certificate('anna'), { ca: options.ca });
        const socket = tls.connect(options);
        await new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject));
        assert.equal(socket.authorized, true);
        assert.match(socket.getProtocol(), /^TLSv1\.[23]$/);
        socket.destroy();
    });
}
