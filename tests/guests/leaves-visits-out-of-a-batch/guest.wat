;; Answers a batch of visits with an empty list
;; with memory realloc describe answer price batch
