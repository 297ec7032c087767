;; Declares a second memory
;; with memory realloc describe answer price batch
(memory $second 1)
