;; Answers right: the measure of all others
;; with memory realloc describe answer price batch
