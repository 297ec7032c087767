;; Wants data written behind the end of its memory
;; with memory realloc describe answer price batch
(data (i32.const 131070) "outside")
