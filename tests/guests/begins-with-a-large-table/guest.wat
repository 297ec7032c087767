;; Declares a table of a million entries
;; with memory realloc describe answer price batch
(table 1000000 funcref)
