/** Where the demo writes; `process.stdout` fits. */
export interface DemoOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}
