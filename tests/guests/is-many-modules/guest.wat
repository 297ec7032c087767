;; Is made of many modules
(component
  (; repeat 200 ;) (core module (func)) (; end ;))
