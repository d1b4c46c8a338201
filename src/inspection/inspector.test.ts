import { describe, expect, it } from 'vitest';
import { createInspector } from './inspector.ts';

const inspector = createInspector({ disabled: [] });
const found = (text: string) => inspector.inspect(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

describe('an inspector', () => {
  it('gives exact places for several kinds in one text', () => {
    expect(found('Jane <jane.doe@corp.example>, +44 20 7946 0958 ext. 12; card 4111 1111 1111 1111, IBAN GB82 WEST 1234 5698 7654 32, SSN 536-90-4399.')).toEqual([
      ['email_address', 'jane.doe@corp.example'], ['phone_number', '+44 20 7946 0958 ext. 12'], ['payment_card', '4111 1111 1111 1111'],
      ['iban', 'GB82 WEST 1234 5698 7654 32'], ['us_ssn', '536-90-4399'],
    ]);
  });

  it('matches the value of an assignment alone', () => {
    expect(found('DB_PASSWORD = "k8s-Prod!77" # production')).toEqual([['password', 'k8s-Prod!77']]);
    expect(found('{\\"password\\": \\"k8s-Prod!77\\"}')).toEqual([['password', 'k8s-Prod!77']]);
    expect(found('postgres://app:s3cr3tPw@db.internal:5432/app')).toEqual([['url_password', 's3cr3tPw']]);
    expect(found('Authorization: Bearer k7Qm2VxT9bLwR4nZc8HsYd1J')).toEqual([['generic_secret', 'k7Qm2VxT9bLwR4nZc8HsYd1J']]);
  });

  it('names the issuer of a key even where a name in front says no more than token', () => {
    expect(found(`GITHUB_TOKEN=ghp_${'k7Qm2VxT9bLwR4nZc8HsYd1JfGp6AuEe3KoW'}`)).toEqual([['github_token', 'ghp_k7Qm2VxT9bLwR4nZc8HsYd1JfGp6AuEe3KoW']]);
  });

  it('finds e-mail addresses and cards next to letters of other scripts', () => {
    expect(found('请联系jane@corp.example谢谢')).toEqual([['email_address', 'jane@corp.example']]);
    expect(found('卡号4111111111111111。')).toEqual([['payment_card', '4111111111111111']]);
  });

  it.each(['4242424242424242', '5105105105105100', '378282246310005', '6011000990139424', '3566002020360505', '38520000023237', '2223003122003222'])('finds the bare card %s', (card) => {
    expect(found(`pay ${card} now`)).toEqual([['payment_card', card]]);
  });

  it.each([
    'commit 3f786850e387550fdab836ed7e6dc881de23001b', 'uuid 123e4567-e89b-12d3-a456-426614174000', 'at 1764000000000 ms', '2026-11-23T16:31:20.123Z', 'node v24.21.0 on 10.0.0.1:8080',
    'ISBN 978-0-306-40615-7', 'EAN 4006381333931', 'order 100200300400', '1,234,567,890.12 EUR', 'sha256:9f3c71ab20de84c6510a7bd2e9f3481c7a05b6e2d4139f8c0b7ae56d21f4c893',
    '192.168.0.1 - - [23/Nov/2026:16:31:20 +0000] "GET / HTTP/1.1" 200 5316', 'const x = 0x7fffffffffffffff; // 9223372036854775807', 'lat 52.520008, lon 13.404954', 'rgb(255, 255, 255)',
    'import { a } from "@scope/pkg@1.2.3"', 'IPv6 2001:0db8:85a3:0000:0000:8a2e:0370:7334', 'MAC 01-23-45-67-89-AB', '1 234 567 890', '12 000 000 000', 'pages 1024-2048', 'time 10:30-11:45', '(2019) 123-456',
    'table 10 20 30 40 50', 'PMC1234567 doi:10.1093/nar/gkv1234', 'LOT 2024-0012-3345', 'x = 3.14159265358979', 'tel aviv 2026', 'call stack of 1048576 frames, seed 1234567',
  ])('finds nothing in %j', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('leaves out kinds that are switched off, and says so in its version', () => {
    const without = createInspector({ disabled: ['email_address', 'payment_card'] });
    expect(without.inspect('jane@corp.example 4111 1111 1111 1111')).toEqual([]);
    expect(without.kinds.map(({ kind }) => kind)).not.toContain('email_address');
    expect(without.version).not.toBe(inspector.version);
    expect(inspector.version).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(createInspector({ disabled: ['payment_card', 'email_address'] }).version).toBe(without.version);
  });

  it('can be switched off whole', () => {
    const none = createInspector({ disabled: inspector.kinds.map(({ kind }) => kind) });
    expect(none.kinds).toEqual([]);
    expect(none.inspect('jane@corp.example password=Tr0ub4dor&3')).toEqual([]);
  });

  it('settles a text up to its last open token', () => {
    expect(inspector.settledLength('Hello there, jane.d')).toBe('Hello there, '.length);
    expect(inspector.settledLength('Hello there, ')).toBe('Hello there, '.length);
    expect(inspector.settledLength('card 4111 1111 ')).toBe('card '.length);
    expect(inspector.settledLength('')).toBe(0);
  });
});
