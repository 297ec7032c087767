;; Traps before it is asked anything
;; with memory realloc describe answer price batch
(func $begin (unreachable))
(start $begin)
