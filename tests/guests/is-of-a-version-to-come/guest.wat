;; Answers right: the measure of all others
;; contract 0.3.0
;; with memory realloc describe answer price batch
