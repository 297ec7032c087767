;; Never returns from its start function
;; with memory realloc describe answer price batch
(func $begin (loop $again (br $again)))
(start $begin)
