"""The libraries that the vector index is measured beside, all by the same five calls; see index_peers.py."""
import numpy as np

K = 10


class Faiss:
    name = "faiss HNSW32, efConstruction 128"
    limit = None

    def __init__(self):
        import faiss
        self.faiss = faiss

    def build(self, base, threads):
        self.faiss.omp_set_num_threads(threads)
        self.index = self.faiss.IndexHNSWFlat(base.shape[1], 32, self.faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = 128
        self.index.add(np.ascontiguousarray(base))

    def save(self, path):
        self.faiss.write_index(self.index, path)

    def load(self, path, dimension):
        self.faiss.omp_set_num_threads(1)
        self.index = self.faiss.read_index(path)

    def search(self, queries, width):
        self.index.hnsw.efSearch = width
        return self.index.search(queries, K)[1]

    def filtered(self, queries, width, allowed):
        """`allowed`: one bool an id."""
        bits = np.packbits(allowed, bitorder="little")
        chosen = self.faiss.IDSelectorBitmap(bits)
        parameters = self.faiss.SearchParametersHNSW(efSearch=width, sel=chosen)
        return self.index.search(queries, K, params=parameters)[1]


class MappedFaiss(Faiss):
    """The same file, mapped instead of read."""
    name = "faiss HNSW32, file mapped"

    def load(self, path, dimension):
        self.faiss.omp_set_num_threads(1)
        self.index = self.faiss.read_index(path, self.faiss.IO_FLAG_MMAP_IFC)


class Hnswlib:
    name = "hnswlib M16, efConstruction 200"
    limit = None

    def __init__(self):
        import hnswlib
        self.hnswlib = hnswlib

    def build(self, base, threads):
        self.index = self.hnswlib.Index(space="ip", dim=base.shape[1])
        self.index.init_index(max_elements=len(base), ef_construction=200, M=16)
        self.index.add_items(base, num_threads=threads)

    def save(self, path):
        self.index.save_index(path)

    def load(self, path, dimension):
        self.index = self.hnswlib.Index(space="ip", dim=dimension)
        self.index.load_index(path)

    def search(self, queries, width):
        self.index.set_ef(max(width, K))
        return self.index.knn_query(queries, k=K, num_threads=1)[0].astype(np.int64)


class USearch:
    name = "usearch f16, M16, efConstruction 128, file mapped"
    limit = None

    def __init__(self):
        from usearch.index import Index
        self.Index = Index

    def build(self, base, threads):
        self.index = self.Index(
            ndim=base.shape[1], metric="ip", dtype="f16", connectivity=16, expansion_add=128)
        self.index.add(np.arange(len(base), dtype=np.uint64), base, threads=threads)

    def save(self, path):
        self.index.save(path)

    def load(self, path, dimension):
        self.index = self.Index.restore(path, view=True)

    def search(self, queries, width):
        self.index.expansion_search = width
        return self.index.search(queries, K, threads=1).keys.astype(np.int64).reshape(len(queries), K)


class SymphonyQG:
    name = "rabitqlib SymphonyQG, degree 32, 8 bits"
    # Beyond this many vectors it is not built: 2.8 KB a vector.
    limit = 200_000

    def __init__(self):
        import rabitqlib
        self.rabitqlib = rabitqlib

    def build(self, base, threads):
        self.index = self.rabitqlib.SymqgIndex(base.shape[1], 32, metric="ip", quantization_bits=8)
        self.index.build(np.ascontiguousarray(base), ef_construction=200, num_threads=threads)

    def save(self, path):
        self.index.save(path)

    def load(self, path, dimension):
        self.index = self.rabitqlib.SymqgIndex.load(path)

    def search(self, queries, width):
        return np.asarray(self.index.search(queries, K, max(width, K))[0]).astype(np.int64).reshape(len(queries), K)


# Which peer, and whose built index it opens.
PEERS = {
    "faiss": (Faiss, "faiss"), "hnswlib": (Hnswlib, "hnswlib"), "usearch": (USearch, "usearch"),
    "symphonyqg": (SymphonyQG, "symphonyqg"), "faiss-mapped": (MappedFaiss, "faiss"),
}
