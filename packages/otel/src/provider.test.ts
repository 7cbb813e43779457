import { describe, expect, it } from 'vitest';
import { providerOfHost } from './provider.ts';

describe('the provider of a host', () => {
  it.each([
    ['api.openai.com', 'openai'],
    ['eu.api.openai.com', 'openai'],
    ['contoso.openai.azure.com', 'azure.ai.openai'],
    ['contoso.cognitiveservices.azure.us', 'azure.ai.openai'],
    ['bedrock-runtime.us-east-1.amazonaws.com', 'aws.bedrock'],
    ['europe-west4-aiplatform.googleapis.com', 'gcp.vertex_ai'],
    ['generativelanguage.googleapis.com', 'gcp.gemini'],
    ['api.mistral.ai', 'mistral_ai'],
    ['api.x.ai', 'x_ai'],
    ['127.0.0.1', 'openai'],
    ['gateway.internal', 'openai'],
    ['notopenai.com', 'openai'],
    ['azure.com.evil.example', 'openai'],
  ])('%s is %s', (host, provider) => {
    expect(providerOfHost(host)).toBe(provider);
  });
});
