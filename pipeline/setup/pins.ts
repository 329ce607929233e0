/** What a build of TensorFlow for tfjs is made of, pinned by digest. */
import { TENSORFLOW } from "../als/tfjs_tensorflow.ts";

/** TensorFlow's libraries and headers: a wheel of PyPI, whichever Python is here. */
export const wheel = {
  requirement: `tensorflow-cpu==${TENSORFLOW}`,
  file: `tensorflow_cpu-${TENSORFLOW}-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
  sha256: "7ffb595707a8fb376deaddc768784c7a0242b16cbc6e06393b1733b2ce19f855",
  bytes: 231_826_663,
} as const;

/** What is taken out of the wheel: SHA-256 by path. */
export const libraries: Readonly<Record<string, string>> = {
  "tensorflow/libtensorflow_cc.so.2":
    "bb9d6a7c1ea5f7bd1b91db36272d281515d8b3f8a7f40d7233eb39a9d98a4c5b",
  "tensorflow/libtensorflow_framework.so.2":
    "6313068adb101b8805221c224fdfe66b3a10bc9d044139aa1c7ea305b8b9f0b4",
};

/** Folders of the wheel with the headers that the addon includes, directly or not. */
export const headers = [
  "tensorflow/include/tensorflow/c/",
  "tensorflow/include/tensorflow/core/platform/",
  "tensorflow/include/tensorflow/tsl/",
] as const;

/** npm's packages: the addon's sources and kernels, the one package that these load, Node's API. */
export const packages = [
  {
    name: "@tensorflow/tfjs-node",
    version: "4.22.0",
    sha512:
      "uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
  },
  {
    name: "google-protobuf",
    version: "3.21.4",
    sha512:
      "MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==",
  },
  {
    name: "node-api-headers",
    version: "1.9.0",
    sha512:
      "2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
  },
] as const;
