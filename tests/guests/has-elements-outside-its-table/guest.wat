;; Wants functions written behind the end of its table
;; with memory realloc describe answer price batch
(table 1 funcref)
(elem (i32.const 1) $right)
