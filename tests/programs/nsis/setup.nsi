; An installer that downloads its payload by BITS with NSIS's System plugin, and goes on with its job when it was
; interrupted.
; SPDX-License-Identifier: LGPL-2.1-or-later
;
; makensis -DTARGET=x86-unicode|amd64-unicode -DOUT=FILE setup.nsi
; SETUP_URL, SETUP_FILE, SETUP_LOG and SETUP_NAME in the environment say what it shall do; the job's name is what a later
; run finds it by. (Options of the command line would do for real ones: NSIS splits them at each "/".)
; The log has a line for each step; the last one is "installed" or "failed". Exit code: 0 installed, 1 refused or
; failed.

Unicode true
Target ${TARGET}
Name "wine-bits test"
OutFile "${OUT}"
SilentInstall silent
RequestExecutionLevel user
SetCompressor zlib

!include LogicLib.nsh

!define CLSID_BackgroundCopyManager "{4991d34b-80a1-4291-83b6-3328366b9097}"
!define IID_IBackgroundCopyManager "{5ce34c0d-0dc9-4c1f-897c-daa1b78cee7c}"
!define CLSCTX_LOCAL_SERVER 4
; slots of the vtables
!define Release 2
!define Manager_CreateJob 3
!define Manager_EnumJobs 5
!define Enum_Next 3
!define Job_AddFile 4
!define Job_Resume 7
!define Job_Cancel 8
!define Job_Complete 9
!define Job_GetProgress 12
!define Job_GetState 14
!define Job_GetError 15
!define Job_GetDisplayName 18
!define Job_SetPriority 21
!define Job_SetNoProgressTimeout 29
!define Job_SetProxySettings 32
!define Error_GetError 3
!define Error_GetErrorDescription 5
!define STATE_ERROR 4
!define STATE_TRANSFERRED 6

Var url
Var file
Var name
Var log
Var manager
Var job
Var state
Var shown

!macro Say text
    FileWriteUTF16LE $log "${text}$\r$\n"
!macroend
!define Say "!insertmacro Say"

; An HRESULT in $0: a failure ends the installer.
!macro Check what
    ${If} $0 < 0
        IntFmt $0 "0x%08X" $0
        ${Say} "${what}: $0"
        ${Say} "failed"
        FileClose $log
        SetErrorLevel 1
        Quit
    ${EndIf}
!macroend
!define Check "!insertmacro Check"

; The job with our name, or 0, in $job.
Function FindJob
    StrCpy $job 0
    System::Call '$manager->${Manager_EnumJobs}(i 0, *p .r1) i .r0'
    ${Check} "EnumJobs"
    ${Do}
        System::Call '$1->${Enum_Next}(i 1, *p .r2, *i .r3) i .r0'
        ${If} $0 <> 0
            ${Break}
        ${EndIf}
        System::Call '$2->${Job_GetDisplayName}(*w .r4) i .r0'
        ${Check} "GetDisplayName"
        ${If} $4 == $name
            StrCpy $job $2
            ${Break}
        ${EndIf}
        System::Call '$2->${Release}()'
    ${Loop}
    System::Call '$1->${Release}()'
FunctionEnd

Function MakeJob
    System::Alloc 16
    Pop $1
    System::Call '$manager->${Manager_CreateJob}(w "$name", i 0, p r1, *p .r2) i .r0'
    ${Check} "CreateJob"
    System::Free $1
    StrCpy $job $2
    System::Call '$job->${Job_SetPriority}(i 0) i .r0'
    ${Check} "SetPriority"
    System::Call '$job->${Job_SetNoProgressTimeout}(i 120) i .r0'
    ${Check} "SetNoProgressTimeout"
    System::Call '$job->${Job_SetProxySettings}(i 0, p 0, p 0) i .r0'
    ${Check} "SetProxySettings"
    System::Call '$job->${Job_AddFile}(w "$url", w "$file") i .r0'
    ${Check} "AddFile"
FunctionEnd

; BG_JOB_PROGRESS: two 64-bit numbers, two of 32 bits.
Function ShowProgress
    System::Alloc 24
    Pop $1
    System::Call '$job->${Job_GetProgress}(p r1) i .r0'
    ${Check} "GetProgress"
    System::Call '*$1(l .r2, l .r3)'
    System::Free $1
    ${If} $3 != $shown
        StrCpy $shown $3
        ${Say} "progress $3"
    ${EndIf}
FunctionEnd

Function Explain
    System::Call '$job->${Job_GetError}(*p .r1) i .r0'
    ${Check} "GetError"
    System::Call '$1->${Error_GetError}(*i .r2, *i .r3) i .r0'
    ${Check} "GetError of the error"
    IntFmt $3 "0x%08X" $3
    ${Say} "error $3 context $2"
    System::Call '$1->${Error_GetErrorDescription}(i 0x409, *w .r4) i .r0'
    ${Check} "GetErrorDescription"
    ${Say} "described"
    System::Call '$1->${Release}()'
FunctionEnd

Section
    ReadEnvStr $url SETUP_URL
    ReadEnvStr $file SETUP_FILE
    ReadEnvStr $name SETUP_NAME
    ReadEnvStr $8 SETUP_LOG
    FileOpen $log $8 w
    FileWriteWord $log 0xFEFF
    System::Call 'ole32::CoInitializeEx(p 0, i 2)'
    System::Call 'ole32::CoCreateInstance(g "${CLSID_BackgroundCopyManager}", p 0, i ${CLSCTX_LOCAL_SERVER}, g "${IID_IBackgroundCopyManager}", *p .r1) i .r0'
    ${Check} "CoCreateInstance"
    StrCpy $manager $1
    Call FindJob
    ${If} $job = 0
        ${Say} "new job"
        Call MakeJob
    ${Else}
        ${Say} "found job"
    ${EndIf}
    Call ShowProgress
    System::Call '$job->${Job_Resume}() i .r0'
    ${Check} "Resume"
    ${Do}
        System::Call '$job->${Job_GetState}(*i .r1) i .r0'
        ${Check} "GetState"
        StrCpy $state $1
        Call ShowProgress
        ${If} $state = ${STATE_TRANSFERRED}
        ${OrIf} $state = ${STATE_ERROR}
            ${Break}
        ${EndIf}
        Sleep 100
    ${Loop}
    ${If} $state = ${STATE_ERROR}
        Call Explain
        System::Call '$job->${Job_Cancel}() i .r0'
        ${Check} "Cancel"
        ${Say} "failed"
        FileClose $log
        SetErrorLevel 1
        Quit
    ${EndIf}
    System::Call '$job->${Job_Complete}() i .r0'
    ${Check} "Complete"
    System::Call '$job->${Release}()'
    System::Call '$manager->${Release}()'
    ${Say} "installed"
    FileClose $log
    SetErrorLevel 0
SectionEnd
