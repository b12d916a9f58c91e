import io

import pandas
import pyarrow.parquet

import surroundings


def handler(event, context):
    frame = pandas.DataFrame({"kind": ["a", "b", "a"], "number": [1, 2, event["number"]]})
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pandas(frame), file)
    read = pyarrow.parquet.read_table(file).to_pandas()
    return {
        "answer": {kind: int(total) for kind, total in read.groupby("kind")["number"].sum().items()},
        **surroundings.describe(pandas, pyarrow),
    }
