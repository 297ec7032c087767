;; Asks for a gigabyte before it is asked anything
;; with memory realloc describe answer price batch
(func $begin (drop (memory.grow (i32.const 16384))))
(start $begin)
