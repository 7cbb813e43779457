import { OptionError, routeOf } from '@holdfast/core';
import { describe, expect, it } from 'vitest';
import { telemetry } from '../index.ts';
import { acceptingHosts } from './accepting-hosts.ts';

const accepts = (url: string, entries: readonly string[] = []): boolean =>
  acceptingHosts(entries)(routeOf('POST', `${url}/v1/chat/completions`));

describe('hosts that are asked for usage', () => {
  it.each([
    'https://api.openai.com',
    'https://us.api.openai.com',
    'https://eu.api.openai.com',
    'https://my-resource.openai.azure.com',
    'https://API.OPENAI.COM',
  ])('include %s', (url) => {
    expect(accepts(url)).toBe(true);
  });

  it.each([
    'https://api.openai.com.evil.example',
    'https://evil-api.openai.com',
    'https://a.b.api.openai.com',
    'https://openai.azure.com',
    'https://x.openai.azure.com.evil.example',
    'https://xopenai.azure.com',
    'https://bedrock-runtime.us-east-1.amazonaws.com',
    'https://api.mistral.ai',
    'http://127.0.0.1:8080',
    'http://localhost',
  ])('do not include %s', (url) => {
    expect(accepts(url)).toBe(false);
  });

  it.each([
    ['gateway.example.com', 'https://gateway.example.com', true],
    ['Gateway.Example.com', 'https://gateway.example.com:8443', true],
    ['gateway.example.com', 'https://a.gateway.example.com', false],
    ['gateway.example.com:8443', 'https://gateway.example.com:8443', true],
    ['gateway.example.com:8443', 'https://gateway.example.com', false],
    ['gateway.example.com:443', 'https://gateway.example.com', true],
    ['*.example.com', 'https://a.b.example.com', true],
    ['*.example.com', 'https://example.com', false],
    ['*.example.com', 'https://evilexample.com', false],
    ['127.0.0.1', 'http://127.0.0.1:9', true],
    ['[::1]:9', 'http://[::1]:9', true],
    ['[::1]', 'http://[::2]', false],
    ['localhost', 'http://localhost:9', true],
  ])('with %s: %s is %s', (entry, url, expected) => {
    expect(accepts(url, ['other.example', entry])).toBe(expected);
  });

  it('are decided once for each route', () => {
    const test = acceptingHosts(['a.example']);
    const route = routeOf('POST', 'https://a.example/v1/completions');
    expect([test(route), test(route)]).toEqual([true, true]);
  });

  it.each([[['https://a.example']], [['a.example/v1']], [['*']], [['a.*']], [['']], [[7]], ['a.example'], [['a:b']]])(
    'are refused as %j',
    (streamUsageHosts) => {
      const make = () => telemetry({ streamUsageHosts: streamUsageHosts as never });
      expect(make).toThrow(OptionError);
      expect(make).toThrow(/^telemetry\.streamUsageHosts: expected a list of hosts/);
    },
  );

  it('are asked by that name alone', () => {
    expect(() => telemetry({ streamUsage: 'always' as never })).toThrow(
      `telemetry.streamUsage: expected 'ask' or 'never', got "always"`,
    );
  });
});
