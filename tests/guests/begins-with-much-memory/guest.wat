;; Declares more memory from the start than a plugin may have
;; with realloc describe answer price batch
(memory (export "memory") 300)
