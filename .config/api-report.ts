/**
 * Keeps `packages/*\/*.api.md`, the public API as a text that reviews show. Fails when a report is not up to
 * date; `--update` writes it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorMessage } from '@microsoft/api-extractor';

const root = new URL('..', import.meta.url).pathname;
const isUpdate = process.argv.includes('--update');

function extract(name: string): boolean {
  const folder = join(root, 'packages', name);
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: '<projectFolder>/dist/index.d.ts',
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            moduleResolution: 'nodenext',
            target: 'es2023',
            lib: ['esnext', 'dom', 'dom.iterable'],
            skipLibCheck: true,
          },
          include: ['dist'],
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: folder,
        reportTempFolder: join(root, 'node_modules', '.cache', 'api', name),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // What is exported says so by being exported; maturity tags would only repeat it.
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          // A member whose name and type say it all needs no sentence.
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
        },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  });
  const messages: ExtractorMessage[] = [];
  const result = Extractor.invoke(config, {
    localBuild: isUpdate,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error || message.logLevel === ExtractorLogLevel.Warning)
        messages.push(message);
    },
  });
  if (result.succeeded && messages.length === 0) return true;
  if (result.apiReportChanged && !isUpdate)
    process.stderr.write(
      `The report packages/${name}/*.api.md is not what the package exports. \`pnpm run api:update\` writes it.\n`,
    );
  for (const { text, sourceFilePath, sourceFileLine } of messages)
    if (!result.apiReportChanged || isUpdate)
      process.stderr.write(`packages/${name}: ${text} (${sourceFilePath ?? ''}:${sourceFileLine ?? ''})\n`);
  return isUpdate && result.apiReportChanged;
}

const failed = readdirSync(join(root, 'packages')).filter((name) => !extract(name));
if (failed.length > 0) process.exitCode = 1;
else process.stdout.write('API reports are up to date.\n');
