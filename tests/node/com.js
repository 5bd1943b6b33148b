/*
 * COM for Node.js on Windows: calls through vtables, and objects implemented in JavaScript.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every call has two forms.  job.Resume() runs on a thread of Node's pool and gives a promise; JavaScript
 * goes on meanwhile, which it must while a server may call back, because callbacks run on the JavaScript
 * thread.  job.now.Resume() blocks the JavaScript thread until the call returns; that is the form for use
 * inside a callback, whose result the server waits for.  Both throw ComError when the HRESULT is a failure.
 * What they return are the [out] parameters: the value of the only one, an array of several, or the HRESULT
 * when there are none.
 */

'use strict';

const koffi = require('koffi');

const S_OK = 0;
const E_FAIL = 0x80004005;
const E_NOINTERFACE = 0x80004002;
const COINIT_MULTITHREADED = 0;
const CLSCTX_LOCAL_SERVER = 4;
const MEM_COMMIT_RESERVE = 0x3000;
const PAGE_EXECUTE_READWRITE = 0x40;
const pointer_size = koffi.sizeof('void *');

const Guid = koffi.struct('GUID', {
    data1: 'uint32', data2: 'uint16', data3: 'uint16', data4: koffi.array('uint8', 8),
});

const ole32 = koffi.load('ole32.dll');
const kernel32 = koffi.load('kernel32.dll');
const CoInitializeEx = ole32.func('__stdcall', 'CoInitializeEx', 'uint32', ['void *', 'uint32']);
const CoCreateInstance = ole32.func('__stdcall', 'CoCreateInstance', 'uint32',
    [koffi.pointer(Guid), 'void *', 'uint32', koffi.pointer(Guid), koffi.out(koffi.pointer('void *'))]);
const CoTaskMemFree = ole32.func('__stdcall', 'CoTaskMemFree', 'void', ['void *']);
const VirtualAlloc = kernel32.func('__stdcall', 'VirtualAlloc', 'void *',
    ['void *', 'size_t', 'uint32', 'uint32']);

class ComError extends Error {
    constructor(what, hr) {
        super(`${what} failed with ${hex(hr)}`);
        this.hr = hr;
    }
}

function hex(hr) {
    return '0x' + hr.toString(16).toUpperCase().padStart(8, '0');
}

function failed(hr) {
    return hr >= 0x80000000;
}

/* "97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22" to a GUID and back. */
function guid(text) {
    const digits = text.replace(/[-{}]/g, '');
    const byte = (i) => parseInt(digits.substr(16 + 2 * i, 2), 16);
    return {
        data1: parseInt(digits.substr(0, 8), 16),
        data2: parseInt(digits.substr(8, 4), 16),
        data3: parseInt(digits.substr(12, 4), 16),
        data4: [0, 1, 2, 3, 4, 5, 6, 7].map(byte),
    };
}

function guid_text(value) {
    const digits = (number, width) => number.toString(16).toUpperCase().padStart(width, '0');
    const tail = Array.from(value.data4, (byte) => digits(byte, 2)).join('');
    const head = [digits(value.data1, 8), digits(value.data2, 4), digits(value.data3, 4)];
    return [...head, tail.slice(0, 4), tail.slice(4)].join('-');
}

/* --- Types of parameters ------------------------------------------------------------------------------- */

/*
 * type is what koffi needs.  An [out] parameter also says how its cell is made and what its content means.
 */

function out_parameter(type, make_cell, read) {
    return { type: koffi.out(koffi.pointer(type)), make_cell, read };
}

function take_string(cell) {
    if (cell[0] === null) return null;
    const text = koffi.decode(cell[0], 'char16_t', -1);
    CoTaskMemFree(cell[0]);
    return text;
}

const types = {
    wstr: { type: 'str16' },
    u32: { type: 'uint32' },
    u64: { type: 'uint64' },
    guid: { type: koffi.pointer(Guid) },
    pointer: { type: 'void *' },
    /* An interface that a callback receives; it is the caller's, and good until the callback returns. */
    borrowed: (get_interface) => ({ type: 'void *', received: (pointer) => get_interface().wrap(pointer) }),
    out: {
        u32: out_parameter('uint32', () => [0], (cell) => cell[0]),
        guid: out_parameter(Guid, () => ({}), guid_text),
        pointer: out_parameter('void *', () => [null], (cell) => cell[0]),
        wstr: out_parameter('void *', () => [null], take_string),
        struct: (type) => out_parameter(type, () => ({}), (cell) => cell),
        /* An interface, given by a function because interfaces may name each other. */
        object: (get_interface) => out_parameter('void *', () => [null],
            (cell) => (cell[0] === null ? null : get_interface().wrap(cell[0]))),
    },
};

/* --- Calling -------------------------------------------------------------------------------------------- */

/* The native function in a slot of an object's vtable. */
function slot_function(pointer, slot, prototype) {
    const vtable = koffi.decode(pointer, 'void *');
    return koffi.decode(koffi.decode(vtable, slot * pointer_size, 'void *'), prototype);
}

/* What to pass for the parameters, and what the [out] ones mean after the call. */
function prepare(what, parameters, values) {
    const given = values.slice();
    const cells = parameters.map(({ make_cell }) => (make_cell ? make_cell() : given.shift()));

    function finish(hr) {
        if (failed(hr)) throw new ComError(what, hr);
        const results = [];
        parameters.forEach((parameter, i) => {
            if (parameter.read) results.push(parameter.read(cells[i]));
        });
        return results.length === 0 ? hr : results.length === 1 ? results[0] : results;
    }
    return { cells, finish };
}

function call(pointer, method, values) {
    const { cells, finish } = prepare(method.what, method.parameters, values);
    const native = slot_function(pointer, method.slot, method.prototype);
    return new Promise((resolve, reject) => {
        native.async(pointer, ...cells, (error, hr) => {
            if (error) return reject(error);
            try { resolve(finish(hr)); } catch (failure) { reject(failure); }
        });
    });
}

function call_now(pointer, method, values) {
    const { cells, finish } = prepare(method.what, method.parameters, values);
    return finish(slot_function(pointer, method.slot, method.prototype)(pointer, ...cells));
}

/*
 * Describe an interface: its methods as { Name: [slot, parameter, …] }; only those that are used need be
 * there. The result's wrap() makes a JavaScript object of a pointer, with one function per method.
 */
function define_interface(name, iid, base, methods) {
    const description = { name, iid: guid(iid), methods: { ...(base ? base.methods : {}) } };

    for (const [method_name, [slot, ...parameters]] of Object.entries(methods)) {
        const what = `${name}::${method_name}`;
        const prototype = koffi.proto('__stdcall', `${name}_${method_name}`, 'uint32',
            ['void *', ...parameters.map((parameter) => parameter.type)]);
        description.methods[method_name] = { what, slot, parameters, prototype };
    }
    description.wrap = (pointer) => {
        const object = { pointer, now: {} };
        for (const [method_name, method] of Object.entries(description.methods)) {
            object[method_name] = (...values) => call(pointer, method, values);
            object.now[method_name] = (...values) => call_now(pointer, method, values);
        }
        object.query = async (wanted) => wanted.wrap(await object.QueryInterface(wanted.iid));
        return object;
    };
    return description;
}

const IUnknown = define_interface('IUnknown', '00000000-0000-0000-C000-000000000046', null, {
    QueryInterface: [0, types.guid, types.out.pointer],
    AddRef: [1],
    Release: [2],
});

/* --- Implementing --------------------------------------------------------------------------------------- */

/*
 * AddRef and Release as machine code (x86-64), for a reference count that stands behind the vtable pointer:
 * a server may release the object while it serves a call that the JavaScript thread waits for, so they
 * cannot be JavaScript.
 *     mov eax, 1      lock xadd [rcx+8], eax      inc eax      ret
 *     mov eax, -1     lock xadd [rcx+8], eax      dec eax      ret
 */
const addref_code = [0xB8, 1, 0, 0, 0, 0xF0, 0x0F, 0xC1, 0x41, 8, 0xFF, 0xC0, 0xC3];
const release_code = [0xB8, 0xFF, 0xFF, 0xFF, 0xFF, 0xF0, 0x0F, 0xC1, 0x41, 8, 0xFF, 0xC8, 0xC3];
const code_step = 16;

function make_code(...functions) {
    const size = code_step * functions.length;
    const memory = VirtualAlloc(null, size, MEM_COMMIT_RESERVE, PAGE_EXECUTE_READWRITE);
    if (memory === null) throw new Error('VirtualAlloc gave no memory');
    functions.forEach((bytes, i) => {
        koffi.encode(memory, i * code_step, koffi.array('uint8', bytes.length), bytes);
    });
    return functions.map((_bytes, i) => koffi.address(memory) + BigInt(i * code_step));
}

let counting = null;

const query_interface_type = koffi.pointer(koffi.proto('__stdcall', 'QueryInterface_implementation', 'uint32',
    ['void *', koffi.pointer(Guid), 'void *']));

/* One vtable entry for a JavaScript function; an exception in it becomes E_FAIL and is reported. */
function implement_method(description, name, handler) {
    const { parameters, prototype, what } = description.methods[name];
    const receive = (value, i) => (parameters[i].received ? parameters[i].received(value) : value);
    return koffi.register((_this, ...values) => {
        try {
            handler(...values.map(receive));
            return S_OK;
        } catch (error) {
            console.log(`    ${what} threw: ${error.message}`);
            return E_FAIL;
        }
    }, koffi.pointer(prototype));
}

/*
 * An object that implements one interface with JavaScript functions { Name: function } and answers for that
 * interface and IUnknown only.  references() is the current count; the maker's own reference is the first.
 * The object lives as long as the process.
 */
function implement(description, handlers) {
    const methods = Object.entries(description.methods).filter(([name]) => !(name in IUnknown.methods));
    const vtable = koffi.alloc('void *', 3 + methods.length);
    const object = koffi.alloc('void *', 2);
    const known = [guid_text(IUnknown.iid), guid_text(description.iid)];

    const query_interface = koffi.register((self, iid, result) => {
        const answers = known.includes(guid_text(koffi.decode(iid, Guid)));
        koffi.encode(result, 'void *', answers ? self : null);
        if (!answers) return E_NOINTERFACE;
        call_now(object, IUnknown.methods.AddRef, []);
        return S_OK;
    }, query_interface_type);

    counting = counting || make_code(addref_code, release_code);
    koffi.encode(vtable, 0, 'void *', query_interface);
    koffi.encode(vtable, pointer_size, 'uint64', counting[0]);
    koffi.encode(vtable, 2 * pointer_size, 'uint64', counting[1]);
    for (const [name, { slot }] of methods) {
        const native = implement_method(description, name, handlers[name]);
        koffi.encode(vtable, slot * pointer_size, 'void *', native);
    }
    koffi.encode(object, 0, 'void *', vtable);
    koffi.encode(object, pointer_size, 'uint32', 1);
    return { pointer: object, references: () => koffi.decode(object, pointer_size, 'uint32') };
}

/* --- The library ---------------------------------------------------------------------------------------- */

function initialize() {
    const hr = CoInitializeEx(null, COINIT_MULTITHREADED);
    if (failed(hr)) throw new ComError('CoInitializeEx', hr);
}

/* Create an object in the server process that the registry names for the class. */
function create_local(clsid, description) {
    const cell = [null];
    return new Promise((resolve, reject) => {
        CoCreateInstance.async(guid(clsid), null, CLSCTX_LOCAL_SERVER, description.iid, cell, (error, hr) => {
            if (error) reject(error);
            else if (failed(hr)) reject(new ComError('CoCreateInstance', hr));
            else resolve(description.wrap(cell[0]));
        });
    });
}

module.exports = {
    ComError, IUnknown, create_local, define_interface, hex, implement, initialize, koffi, types,
};
