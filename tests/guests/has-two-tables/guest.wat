;; Declares a second table
;; with memory realloc describe answer price batch
(table 1 funcref)
(table 1 funcref)
