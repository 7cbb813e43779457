import { pipeline } from '@holdfast/core';
import { telemetry } from '@holdfast/otel';
import OpenAI from 'openai';

export const resilient = pipeline({ service: 'checkout' }).use(telemetry()).build();

export const client = resilient.wrap(new OpenAI());
