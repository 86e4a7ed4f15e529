"""Networks of any framework for lossbench, and its runs as tables.

A network is served to ``lossbench attack --network NAME="python this_script.py"``:

    import lossbench
    lossbench.serve(model, scale=(0, 0.2))          # any torch.nn.Module that gives logits [B, 1, H, W]

or by functions on numpy arrays, whatever computes them:

    lossbench.serve_functions(logits=..., gradient=..., scale=(0, 0.2))

and a run is read with

    tables = lossbench.read("runs/mine")            # tables["curves"] is a pandas.DataFrame
"""

from lossbench.functions import serve_functions
from lossbench.tables import read
from lossbench.torch_module import serve

__all__ = ["read", "serve", "serve_functions"]
