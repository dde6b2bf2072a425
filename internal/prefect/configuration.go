package prefect

// ResultStorageKey is where the database keeps which block holds results by default: {"default_result_storage_block_id": ...}.
// The reference reads it there too.
const ResultStorageKey = "server-default-result-storage"
