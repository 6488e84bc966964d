export function encodeBase64(data: ArrayBuffer | Uint8Array | string): string;
export function decodeBase64(b64: string): Uint8Array;
